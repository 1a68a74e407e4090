package ollama

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// form is the shape of an answer: chat and generate differ in where its text is.
type form uint8

const (
	formChat form = iota
	formGenerate
)

// lines writes the JSON objects of one answer into a buffer that it uses again. Each method returns one object with a line break,
// valid until the next call. What all objects begin with is rendered once.
type lines struct {
	form form
	head []byte
	buf  []byte
}

func newLines(f form, model string, created time.Time) *lines {
	head := jsonwrite.String([]byte(`{"model":`), model)
	head = append(head, `,"created_at":"`...)
	head = created.AppendFormat(head, time.RFC3339Nano)
	head = append(head, `",`...)
	return &lines{form: f, head: head}
}

// content is what one object says.
type content struct {
	text, thinking string
	calls          []calledTool
	logprobs       []json.RawMessage
}

type calledTool struct {
	index    int
	id, name string
	// arguments is a JSON object on one line.
	arguments []byte
}

// open begins an object with its content; what comes after it is up to the caller.
func (l *lines) open(c *content) []byte {
	b := append(l.buf[:0], l.head...)
	if l.form == formGenerate {
		b = appendThinking(jsonwrite.String(append(b, `"response":`...), c.text), c.thinking)
	} else {
		b = appendThinking(jsonwrite.String(append(b, `"message":{"role":"assistant","content":`...), c.text), c.thinking)
		b = append(appendCalls(b, c.calls), '}')
	}
	return appendLogprobs(b, c.logprobs)
}

func appendThinking(b []byte, thinking string) []byte {
	if thinking == "" {
		return b
	}
	return jsonwrite.String(append(b, `,"thinking":`...), thinking)
}

func appendCalls(b []byte, calls []calledTool) []byte {
	if len(calls) == 0 {
		return b
	}
	b = append(b, `,"tool_calls":[`...)
	for i, c := range calls {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsonwrite.String(append(b, `{"id":`...), c.id)
		b = strconv.AppendInt(append(b, `,"function":{"index":`...), int64(c.index), 10)
		b = jsonwrite.String(append(b, `,"name":`...), c.name)
		b = append(append(b, `,"arguments":`...), c.arguments...)
		b = append(b, "}}"...)
	}
	return append(b, ']')
}

func appendLogprobs(b []byte, logprobs []json.RawMessage) []byte {
	if len(logprobs) == 0 {
		return b
	}
	b = append(b, `,"logprobs":[`...)
	for i, p := range logprobs {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, p...)
	}
	return append(b, ']')
}

// more is an object that others follow.
func (l *lines) more(c *content) []byte {
	l.buf = append(l.open(c), `,"done":false}`+"\n"...)
	return l.buf
}

// timing is what an answer took, as far as it was measured.
type timing struct {
	// total is from the request to the end, prompt the time to the first event.
	total, prompt time.Duration
}

// last is the object that ends an answer. No time is spent on loading a model that the gateway can see.
func (l *lines) last(c *content, reason string, u chat.Usage, t *timing) []byte {
	b := jsonwrite.String(append(l.open(c), `,"done":true,"done_reason":`...), reason)
	if t != nil {
		b = jsonwrite.IntMember(b, "total_duration", int64(t.total))
		b = jsonwrite.IntMember(b, "load_duration", 0)
	}
	if u.Known {
		b = jsonwrite.IntMember(b, "prompt_eval_count", u.InputTokens)
	}
	if t != nil {
		b = jsonwrite.IntMember(b, "prompt_eval_duration", int64(t.prompt))
	}
	if u.Known {
		b = jsonwrite.IntMember(b, "eval_count", u.OutputTokens)
	}
	if t != nil {
		b = jsonwrite.IntMember(b, "eval_duration", int64(t.total-t.prompt))
	}
	l.buf = append(b, "}\n"...)
	return l.buf
}

// unasked is the answer to a request that asks the model nothing.
func (l *lines) unasked(req *chat.Request) []byte {
	reason := doneLoad
	if unloads(req.Params.Get(chat.ParamKeepAlive)) {
		reason = doneUnload
	}
	return l.last(&content{}, reason, chat.Usage{}, nil)
}

// doneReason is why a choice ended, in Ollama's words, which say stop after calls of tools as well. They have none for an answer
// that was held back; the neutral one is better than to call it complete.
func doneReason(r chat.FinishReason) string {
	if r == chat.FinishToolCalls || r == "" {
		return doneStop
	}
	return string(r)
}
