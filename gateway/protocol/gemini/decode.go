package gemini

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/lenient"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// Decoder reads the answer of generateContent or streamGenerateContent, as a provider.ChatDecoder. It is for one answer.
type Decoder struct {
	// newID makes ids for calls of tools, which Gemini does not always give.
	newID   func() string
	started bool
	usage   chat.Usage
	// choices are the candidates so far.
	choices []decoded
}

// decoded is what is known of a candidate.
type decoded struct {
	seen, finished bool
	calls          int
}

// NewDecoder returns a Decoder that gives calls without an id a random one.
func NewDecoder() *Decoder {
	return &Decoder{newID: func() string { return "call_" + rand.Text() }}
}

// Whole reads an answer that is not streamed.
func (d *Decoder) Whole(body []byte) (*chat.Answer, error) {
	c := &chat.Collector{}
	err := d.chunk(body, c.Event)
	if err == nil {
		err = d.end(c.Event)
	}
	if err != nil {
		return nil, err
	}
	return c.Answer(), nil
}

// Stream reads server-sent events until src ends, which is how Gemini ends a stream. When the connection breaks after all candidates
// have finished, the answer is complete all the same. The usage, which rides on every chunk, is emitted once at the end, also of a
// stream that broke.
func (d *Decoder) Stream(src io.Reader, emit func(*chat.Event) error) error {
	for data, err := range sse.Events(src) {
		if err != nil {
			if d.finished() {
				break
			}
			return d.broke(err, emit)
		}
		if err := d.chunk(data, emit); err != nil {
			return d.broke(err, emit)
		}
	}
	return d.end(emit)
}

// broke reports what the answer has cost until it broke. Should the client be gone, err is what counts all the same.
func (d *Decoder) broke(err error, emit func(*chat.Event) error) error {
	if d.usage.Known {
		_ = emit(&chat.Event{Kind: chat.EventUsage, Usage: d.usage})
	}
	return err
}

func (d *Decoder) end(emit func(*chat.Event) error) error {
	if !d.finished() {
		return d.broke(chat.ErrUnfinished, emit)
	}
	if !d.usage.Known {
		return nil
	}
	return emit(&chat.Event{Kind: chat.EventUsage, Usage: d.usage})
}

// finished says whether there were candidates and all of them have ended.
func (d *Decoder) finished() bool {
	for _, c := range d.choices {
		if c.seen && !c.finished {
			return false
		}
	}
	return len(d.choices) > 0
}

// chunk reads one GenerateContentResponse.
func (d *Decoder) chunk(data []byte, emit func(*chat.Event) error) error {
	var r response
	if err := lenient.Unmarshal(data, &r); err != nil {
		return fmt.Errorf("decoding the upstream's answer: %w", err)
	}
	if len(r.Error) > 0 && string(r.Error) != "null" {
		return ReadError(0, data)
	}
	if r.Usage != nil {
		d.usage = r.Usage.neutral()
	}
	if err := d.start(&r, emit); err != nil {
		return err
	}
	for i := range r.Candidates {
		if err := d.candidate(&r.Candidates[i], emit); err != nil {
			return err
		}
	}
	if len(r.Candidates) == 0 && r.PromptFeedback.BlockReason != "" && len(d.choices) == 0 {
		return d.blocked(emit)
	}
	return nil
}

func (d *Decoder) start(r *response, emit func(*chat.Event) error) error {
	if d.started {
		return nil
	}
	d.started = true
	e := &chat.Event{Kind: chat.EventStart, ID: r.ResponseID}
	if at, err := time.Parse(time.RFC3339Nano, r.CreateTime); err == nil {
		e.Created = at
	}
	return emit(e)
}

// blocked is a prompt that Google did not let the model see: a success without an answer.
func (d *Decoder) blocked(emit func(*chat.Event) error) error {
	d.choices = append(d.choices, decoded{seen: true, finished: true})
	return emit(&chat.Event{Kind: chat.EventFinish, Finish: chat.Finish{Reason: chat.FinishContentFilter}})
}

// maxCandidates bounds what an upstream can make the gateway keep. Google's own limit is 8.
const maxCandidates = 128

func (d *Decoder) candidate(c *candidate, emit func(*chat.Event) error) error {
	if c.Index < 0 || c.Index >= maxCandidates {
		return fault.BadGateway("The upstream's answer has a candidate with an index that cannot be.")
	}
	for len(d.choices) <= c.Index {
		d.choices = append(d.choices, decoded{})
	}
	d.choices[c.Index].seen = true
	logprobs := c.Logprobs.neutral()
	for i := range c.Content.Parts {
		if err := d.part(c.Index, &c.Content.Parts[i], &logprobs, emit); err != nil {
			return err
		}
	}
	if c.FinishReason == "" || c.FinishReason == "FINISH_REASON_UNSPECIFIED" {
		return d.logprobs(c.Index, logprobs, emit)
	}
	finish, failure := c.ended()
	if failure != nil {
		return failure
	}
	d.choices[c.Index].finished = true
	if d.choices[c.Index].calls > 0 && finish.Reason == chat.FinishStop {
		// Google says STOP to calls, too.
		finish.Reason = chat.FinishToolCalls
	}
	return emit(&chat.Event{Kind: chat.EventFinish, Choice: c.Index, Finish: finish, Logprobs: logprobs})
}

// logprobs emits log probabilities that came without text.
func (*Decoder) logprobs(choice int, tokens []json.RawMessage, emit func(*chat.Event) error) error {
	if len(tokens) == 0 {
		return nil
	}
	return emit(&chat.Event{Kind: chat.EventText, Choice: choice, Logprobs: tokens})
}
