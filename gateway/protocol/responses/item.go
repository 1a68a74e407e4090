package responses

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// Statuses of items and of answers.
const (
	statusInProgress = "in_progress"
	statusCompleted  = "completed"
	statusIncomplete = "incomplete"
	statusFailed     = "failed"
)

// item is one item of the output, or what there is of it so far.
type item struct {
	// kind is that of the part which the item is made of, 0 for none.
	kind chat.Kind
	id   string
	// text of a message or of a thought, or the arguments of a call.
	text []byte
	// logprobs of the text, as the inside of a JSON array.
	logprobs  []byte
	signature chat.Signature
	// callID and tool of a call.
	callID string
	tool   tool
}

// prefixes of ids by kind of item.
// Source: https://platform.openai.com/docs/api-reference/responses/object#responses-object-output
func (it *item) prefix() string {
	switch {
	case it.kind == chat.KindText:
		return "msg_"
	case it.kind != chat.KindToolCall:
		return "rs_"
	case it.tool.kind == toolCustom:
		return "ctc_"
	case it.tool.kind == toolSearch:
		return "tsc_"
	default:
		return "fc_"
	}
}

func (it *item) addLogprobs(list []json.RawMessage) { it.logprobs = appendList(it.logprobs, list) }

// appendList appends JSON values to the inside of a JSON array, which may begin with its bracket.
func appendList(b []byte, list []json.RawMessage) []byte {
	for _, value := range list {
		if n := len(b); n > 0 && b[n-1] != '[' {
			b = append(b, ',')
		}
		b = append(b, value...)
	}
	return b
}

// append appends the item as a JSON object.
func (it *item) append(b []byte, status string) []byte {
	b = jsonwrite.String(append(b, `{"id":`...), it.id)
	switch it.kind {
	case chat.KindText:
		b = it.appendMessage(b, status)
	case chat.KindToolCall:
		b = it.appendCall(b, status)
	default:
		b = it.appendReasoning(b, status)
	}
	return append(b, '}')
}

func (it *item) appendMessage(b []byte, status string) []byte {
	b = jsonwrite.Member(b, "type", `"message"`)
	b = jsonwrite.StringMember(b, "status", status)
	b = jsonwrite.Member(b, "role", `"assistant"`)
	b = jsonwrite.Member(b, "content", "[")
	if status != statusInProgress {
		b = it.appendContent(b)
	}
	return append(b, ']')
}

// appendContent appends the one part of a message.
func (it *item) appendContent(b []byte) []byte {
	b = append(b, `{"type":"output_text","annotations":[],"logprobs":[`...)
	b = append(append(b, it.logprobs...), ']')
	return append(jsonwrite.StringMember(b, "text", it.text), '}')
}

// appendReasoning appends a thought. Its words are a summary: all clients show that, and few anything else.
func (it *item) appendReasoning(b []byte, status string) []byte {
	b = jsonwrite.Member(b, "type", `"reasoning"`)
	b = jsonwrite.Member(b, "summary", "[")
	if len(it.text) > 0 {
		b = it.appendSummary(b)
	}
	b = append(b, ']')
	if status != statusInProgress || it.signature.Value != "" {
		b = jsonwrite.StringMember(b, "encrypted_content", encryptedContent(it.kind, it.signature))
	}
	return b
}

func (it *item) appendSummary(b []byte) []byte {
	return append(jsonwrite.StringMember(append(b, `{"type":"summary_text"`...), "text", it.text), '}')
}

func (it *item) appendCall(b []byte, status string) []byte {
	switch it.tool.kind {
	case toolCustom:
		b = jsonwrite.Member(b, "type", `"custom_tool_call"`)
		b = jsonwrite.StringMember(b, "input", it.text)
	case toolSearch:
		b = jsonwrite.Member(b, "type", `"tool_search_call"`)
		b = jsonwrite.StringMember(b, "execution", executionClient)
		b = jsonwrite.Member(b, "arguments", it.object())
	default:
		b = jsonwrite.Member(b, "type", `"function_call"`)
		b = jsonwrite.StringMember(b, "arguments", it.text)
	}
	b = jsonwrite.StringMember(b, "status", status)
	b = jsonwrite.StringMember(b, "call_id", it.callID)
	if it.tool.kind == toolSearch {
		return b
	}
	b = jsonwrite.StringMember(b, "name", it.tool.name)
	if it.tool.namespace != "" {
		b = jsonwrite.StringMember(b, "namespace", it.tool.namespace)
	}
	return b
}

// object is the arguments as JSON, empty while they are not whole.
func (it *item) object() []byte {
	if !json.Valid(it.text) {
		return []byte("{}")
	}
	return it.text
}

// finishCall brings the arguments into their last form and says whether they are whole: a model that reached its limit stops
// inside of them.
func (it *item) finishCall() (status string) {
	status = statusCompleted
	if !json.Valid(it.text) {
		status = statusIncomplete
	}
	if it.tool.kind == toolCustom {
		it.text = []byte(customInput(it.text))
	}
	return status
}
