package responses

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// response is an answer as far as it is known.
type response struct {
	// base is the part of all its ids that tells it apart from other answers.
	base  string
	now   func() time.Time
	model string
	own   *memory

	created time.Time
	// status of the whole, and reason why it is incomplete, or empty.
	status, reason string
	failure        *fault.Error
	usage          chat.Usage
	// items are the finished items of the output, as the inside of a JSON array, and count is how many there are.
	items []byte
	count int
}

func (r *response) begin(created time.Time) {
	r.created = created
	if created.IsZero() {
		r.created = r.now()
	}
}

// open returns a new item. call is for calls alone.
func (r *response) open(kind chat.Kind, call *chat.ToolCall, signature chat.Signature) item {
	it := item{kind: kind, signature: signature}
	if call != nil {
		it.tool = r.own.names.tool(call.Name)
		it.callID = chat.Seal(call.ID, signature)
		if call.ID == "" {
			it.callID = chat.Seal(fmt.Sprintf("call_%s%02x", r.base, r.count), signature)
		}
	}
	it.id = fmt.Sprintf("%s%s%02x", it.prefix(), r.base, r.count)
	return it
}

// close adds a finished item to the output.
func (r *response) close(it *item, status string) {
	if r.count > 0 {
		r.items = append(r.items, ',')
	}
	r.items = it.append(r.items, status)
	r.count++
}

// finish says why the answer ended.
// Source: https://platform.openai.com/docs/api-reference/responses/object#responses-object-incomplete_details
func (r *response) finish(f chat.Finish) {
	switch f.Reason {
	case chat.FinishLength:
		r.status, r.reason = statusIncomplete, "max_output_tokens"
	case chat.FinishContentFilter:
		r.status, r.reason = statusIncomplete, "content_filter"
	default:
		r.status, r.reason = statusCompleted, ""
	}
}

// choice takes a whole answer.
func (r *response) choice(c *chat.Choice) {
	r.finish(c.Finish)
	var last item
	for i := range c.Parts {
		r.part(&last, &c.Parts[i], c.Logprobs)
	}
	r.closeWhole(&last, r.status)
}

// part takes a part of a whole answer; last is the item that may still grow. Neighbouring texts are one message, unless one is
// signed, whose signature follows as in a stream.
func (r *response) part(last *item, p *chat.Part, logprobs []json.RawMessage) {
	if p.Kind == chat.KindText && (last.kind == chat.KindText || p.Text == "") {
		last.text = append(last.text, p.Text...)
	} else {
		r.closeWhole(last, statusCompleted)
		*last = r.open(p.Kind, p.ToolCall, p.Signature)
		last.text = []byte(p.Text)
		if p.ToolCall != nil {
			last.text = p.ToolCall.Arguments
		}
		if p.Kind == chat.KindText {
			last.addLogprobs(logprobs)
		}
	}
	if p.Kind == chat.KindText && p.Signature.Value != "" {
		r.closeWhole(last, statusCompleted)
		*last = r.open(chat.KindThinking, nil, p.Signature)
	}
}

func (r *response) closeWhole(it *item, status string) {
	switch it.kind {
	case 0:
		return
	case chat.KindToolCall:
		status = it.finishCall()
	}
	r.close(it, status)
}

// append appends the Response object. echo is one of those of memory.
// Source: https://platform.openai.com/docs/api-reference/responses/object
func (r *response) append(b, echo []byte) []byte {
	b = append(append(append(b, `{"id":"resp_`...), r.base...), `","object":"response"`...)
	b = jsonwrite.IntMember(b, "created_at", r.created.Unix())
	b = jsonwrite.StringMember(b, "status", r.status)
	b = jsonwrite.Member(b, "completed_at", "")
	if r.status == statusCompleted {
		b = fmt.Appendf(b, "%d", r.now().Unix())
	} else {
		b = append(b, "null"...)
	}
	b = r.appendOutcome(b)
	b = jsonwrite.StringMember(b, "model", r.model)
	b = append(jsonwrite.Member(b, "output", "["), r.items...)
	b = append(append(b, ']'), echo...)
	// What no answer of the gateway has: nothing runs in the background, and nothing is stored.
	b = append(b, `,"background":false,"store":false,"previous_response_id":null,"service_tier":"default","access_programs":{"cyber":"standard"}`...)
	b = r.appendUsage(b)
	return append(b, '}')
}

// appendOutcome appends what went wrong, if anything.
func (r *response) appendOutcome(b []byte) []byte {
	if r.failure == nil {
		b = jsonwrite.Member(b, "error", "null")
	} else {
		b = appendFailure(jsonwrite.Member(b, "error", ""), r.failure)
	}
	if r.reason == "" {
		return jsonwrite.Member(b, "incomplete_details", "null")
	}
	return append(jsonwrite.String(jsonwrite.Member(b, "incomplete_details", `{"reason":`), r.reason), '}')
}

// appendUsage appends what the answer cost; null where the upstream did not say, and while nobody can know.
func (r *response) appendUsage(b []byte) []byte {
	u := &r.usage
	if !u.Known || r.status == statusInProgress {
		return jsonwrite.Member(b, "usage", "null")
	}
	b = jsonwrite.Member(b, "usage", `{"input_tokens":`)
	b = fmt.Appendf(b, `%d,"input_tokens_details":{"cached_tokens":%d,"cache_write_tokens":%d}`, u.InputTokens, u.CachedInputTokens, u.CacheWriteTokens)
	b = fmt.Appendf(b, `,"output_tokens":%d,"output_tokens_details":{"reasoning_tokens":%d}`, u.OutputTokens, u.ReasoningTokens)
	return fmt.Appendf(b, `,"total_tokens":%d}`, u.InputTokens+u.OutputTokens)
}
