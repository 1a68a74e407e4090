package responses

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// Observer reads along with an answer that passes untouched. It implements protocol.Observer. The last event of a stream holds the
// whole answer, which may be long, so that it keeps no event: it follows the document and keeps the few members that it needs.
type Observer struct {
	stream   bool
	document document
	lines    lines
	usage    chat.Usage
	// finished says that the stream reported its end, failed that it was an error.
	finished, failed bool
}

// NewObserver returns an Observer for an event stream, or else for a JSON document.
func NewObserver(stream bool) *Observer { return &Observer{stream: stream} }

// Write looks at the next piece. It never fails.
func (o *Observer) Write(piece []byte) (int, error) {
	if o.stream {
		o.lines.feed(piece, o.document.feed, o.event)
	} else {
		o.document.feed(piece)
	}
	return len(piece), nil
}

// End says that the answer has ended. An event that lacks its blank line counts.
func (o *Observer) End() {
	if o.stream {
		o.event()
		return
	}
	o.readUsage(o.document.usage[0].value())
}

// Usage is what the answer said that it cost.
func (o *Observer) Usage() chat.Usage { return o.usage }

// Complete says whether a stream ended as its protocol says, whether or not the answer is all that the model had to say.
func (o *Observer) Complete() bool { return o.finished && !o.failed }

// Ended says whether the event came that is the last one.
func (o *Observer) Ended() bool { return o.finished || o.failed }

// Failed says whether a stream reported an error.
func (o *Observer) Failed() bool { return o.failed }

// event takes the event whose data the document has read. One that was cut off counts for nothing.
// Source: https://platform.openai.com/docs/api-reference/responses-streaming
func (o *Observer) event() {
	if o.document.complete() {
		switch string(o.document.kind.value()) {
		case `"response.completed"`, `"response.incomplete"`:
			o.finished = true
			o.readUsage(o.document.usage[1].value())
		case `"response.failed"`:
			o.failed = true
			o.readUsage(o.document.usage[1].value())
		case `"error"`:
			o.failed = true
		}
	}
	o.document.reset()
}

func (o *Observer) readUsage(raw []byte) {
	var u *struct {
		InputTokens        int64 `json:"input_tokens"`
		InputTokensDetails struct {
			CachedTokens     int64 `json:"cached_tokens"`
			CacheWriteTokens int64 `json:"cache_write_tokens"`
		} `json:"input_tokens_details"`
		OutputTokens        int64 `json:"output_tokens"`
		OutputTokensDetails struct {
			ReasoningTokens int64 `json:"reasoning_tokens"`
		} `json:"output_tokens_details"`
	}
	if len(raw) == 0 || json.Unmarshal(raw, &u) != nil || u == nil || u.InputTokens < 0 || u.OutputTokens < 0 {
		return
	}
	o.usage = chat.Usage{
		Known: true, InputTokens: u.InputTokens, OutputTokens: u.OutputTokens,
		CachedInputTokens: u.InputTokensDetails.CachedTokens, CacheWriteTokens: u.InputTokensDetails.CacheWriteTokens,
		ReasoningTokens: u.OutputTokensDetails.ReasoningTokens,
	}
}
