package upstream

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// anthropic speaks Anthropic's Messages.
// Sources: https://docs.claude.com/en/api/messages and https://docs.claude.com/en/docs/build-with-claude/streaming
type anthropic struct{}

func (anthropic) read(_ *http.Request, body []byte) (question, error) {
	var request struct {
		Model     json.RawMessage `json:"model"`
		Stream    bool            `json:"stream"`
		MaxTokens int             `json:"max_tokens"`
	}
	err := json.Unmarshal(body, &request)
	return question{model: string(request.Model), tokens: request.MaxTokens, stream: request.Stream}, err
}

func (anthropic) contentType() string { return "text/event-stream" }

func (anthropic) whole(b []byte, q question) []byte {
	return fmt.Appendf(b, `{"id":"msg_1","type":"message","role":"assistant","model":%s,"content":[{"type":"text","text":%s}],`+
		`"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":%d,"output_tokens":%d}}`,
		q.model, q.text(), promptTokens, q.tokens)
}

func (a anthropic) begin(b []byte, q question) []byte {
	b = a.event(b, "message_start", fmt.Sprintf(`"message":{"id":"msg_1","type":"message","role":"assistant","model":%s,"content":[],`+
		`"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":%d,"output_tokens":1}}`, q.model, promptTokens))
	return a.event(b, "content_block_start", `"index":0,"content_block":{"type":"text","text":""}`)
}

func (a anthropic) token(b []byte, _ question, sent int64) []byte {
	return a.event(b, "content_block_delta", fmt.Sprintf(`"index":0,"delta":{"type":"text_delta","text":"%d "}`, sent))
}

func (a anthropic) end(b []byte, q question) []byte {
	b = a.event(b, "content_block_stop", `"index":0`)
	b = a.event(b, "message_delta", fmt.Sprintf(`"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":%d}`, q.tokens))
	return append(b, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"...)
}

// event appends an event whose fields besides the type are given.
func (anthropic) event(b []byte, name, fields string) []byte {
	return fmt.Appendf(b, "event: %s\ndata: {\"type\":\"%s\",%s}\n\n", name, name, fields)
}
