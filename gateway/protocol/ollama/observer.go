package ollama

import (
	"strconv"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// Observer reads along with an answer of Ollama that passes untouched, one JSON object or a stream with one on each line: what it
// cost, and whether it is complete. It implements protocol.Observer.
//
// Lines are not held back, and never kept: the last one of /api/generate may hold all tokens of the conversation. So it follows the
// structure of the JSON byte by byte and keeps no more than one name and one scalar.
type Observer struct {
	members      topLevel
	usage        chat.Usage
	done, failed bool
}

// NewObserver returns an Observer.
func NewObserver() *Observer { return &Observer{} }

// Write looks at the next piece. It never fails.
func (o *Observer) Write(piece []byte) (int, error) {
	o.members.feed(piece, o.member)
	return len(piece), nil
}

// End does nothing: a line that ends with the answer is complete when its object is.
func (o *Observer) End() {}

// Usage is what the answer said that it cost.
func (o *Observer) Usage() chat.Usage { return o.usage }

// Complete says whether the object that says that the answer is done has come, all of it, and no error.
func (o *Observer) Complete() bool { return o.done && !o.failed && o.members.depth == 0 }

// Ended says the same: nothing follows that object.
func (o *Observer) Ended() bool { return o.Complete() }

// Failed says whether the stream reported an error.
func (o *Observer) Failed() bool { return o.failed }

// member takes a scalar of an object, or the first byte of another value.
func (o *Observer) member(name, value []byte) {
	switch string(name) {
	case "done":
		o.done = o.done || string(value) == "true"
	case "error":
		o.failed = o.failed || string(value) != "null" && string(value) != `""`
	case "prompt_eval_count":
		o.count(value, &o.usage.InputTokens)
	case "eval_count":
		o.count(value, &o.usage.OutputTokens)
	}
}

func (o *Observer) count(value []byte, to *int64) {
	if n, err := strconv.ParseInt(string(value), 10, 64); err == nil && n >= 0 {
		*to, o.usage.Known = n, o.usage.Known || n > 0
	}
}
