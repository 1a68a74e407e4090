package openai

import (
	"bytes"
	"encoding/json"
)

// Usage is the cost of an answer in tokens, as the protocol writes it.
type Usage struct {
	PromptTokens            int64              `json:"prompt_tokens"`
	CompletionTokens        int64              `json:"completion_tokens"`
	TotalTokens             int64              `json:"total_tokens"`
	PromptTokensDetails     *PromptDetails     `json:"prompt_tokens_details,omitempty"`
	CompletionTokensDetails *CompletionDetails `json:"completion_tokens_details,omitempty"`
}

// PromptDetails says what of the prompt came from the provider's cache.
type PromptDetails struct {
	CachedTokens int64 `json:"cached_tokens"`
}

// CompletionDetails says what of the completion was spent on thinking.
type CompletionDetails struct {
	ReasoningTokens int64 `json:"reasoning_tokens"`
}

// UsageScanner looks at an answer that is passed on untouched, piece by piece, for what it cost and whether it ended as it
// should. Its memory is bounded whatever comes; what it cannot read it does not report. It never changes or holds up the answer.
type UsageScanner struct {
	stream bool
	events EventReader
	body   bodyScanner
	usage  *Usage
	// finished and failed say that the stream held a finish_reason, an error.
	done, finished, failed bool
}

// NewUsageScanner returns a scanner for an event stream, or else for a JSON document.
func NewUsageScanner(stream bool) *UsageScanner {
	return &UsageScanner{stream: stream}
}

// Write looks at the next piece. It never fails.
func (u *UsageScanner) Write(piece []byte) (int, error) {
	if u.stream {
		u.events.Feed(piece, u.event)
	} else {
		u.body.feed(piece)
	}
	return len(piece), nil
}

// End tells the scanner that the answer has ended.
func (u *UsageScanner) End() {
	if u.stream {
		u.events.End(u.event)
		return
	}
	if u.body.usage != nil {
		u.read(u.body.usage)
	}
}

// Usage is what the answer said that it cost, the last word counting; ok is false where it said nothing.
func (u *UsageScanner) Usage() (usage Usage, ok bool) {
	if u.usage == nil {
		return Usage{}, false
	}
	return *u.usage, true
}

// Complete says whether a stream came to its end: with `[DONE]`, or with the reason why it finished where the upstream sends no
// `[DONE]`, and without an error. It means nothing for a JSON document.
func (u *UsageScanner) Complete() bool { return (u.done || u.finished) && !u.failed }

// Done says whether a stream held `[DONE]`.
func (u *UsageScanner) Done() bool { return u.done }

// Failed says whether a stream held an error event.
func (u *UsageScanner) Failed() bool { return u.failed }

// event looks at one event. Nearly all hold text only, so it looks for the names first and decodes what it must. A name cannot
// be part of a text: there its quotes are escaped.
func (u *UsageScanner) event(data []byte) {
	if string(data) == "[DONE]" {
		u.done = true
		return
	}
	if !u.finished && hasValue(data, `"finish_reason"`) {
		u.finished = true
	}
	if hasValue(data, `"error"`) && topLevel(data, "error") != nil {
		u.failed = true
	}
	if hasValue(data, `"usage"`) {
		if raw := topLevel(data, "usage"); raw != nil {
			u.read(raw)
		}
	}
}

func (u *UsageScanner) read(raw []byte) {
	if usage, err := parseUsage(raw); err == nil {
		u.usage = &usage
	}
}

// hasValue says whether a key occurs in data with a value that is neither null nor an empty string, which some servers write in
// place of it. The key includes its quotes.
func hasValue(data []byte, key string) bool {
	for {
		_, after, found := bytes.Cut(data, []byte(key))
		if !found {
			return false
		}
		data = after
		rest, isKey := bytes.CutPrefix(bytes.TrimLeft(after, " \t\r\n"), []byte(":"))
		rest = bytes.TrimLeft(rest, " \t\r\n")
		if isKey && !bytes.HasPrefix(rest, []byte("null")) && !bytes.HasPrefix(rest, []byte(`""`)) {
			return true
		}
	}
}

// topLevel is the value of a member of the object in data, or nil where there is none or it is null.
func topLevel(data []byte, key string) json.RawMessage {
	var doc map[string]json.RawMessage
	if json.Unmarshal(data, &doc) != nil || string(doc[key]) == "null" {
		return nil
	}
	return doc[key]
}
