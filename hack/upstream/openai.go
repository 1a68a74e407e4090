package upstream

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// openAI speaks OpenAI's chat completions.
// Source: https://platform.openai.com/docs/api-reference/chat
type openAI struct{}

func (openAI) read(_ *http.Request, body []byte) (question, error) {
	var request struct {
		Model     json.RawMessage `json:"model"`
		Stream    bool            `json:"stream"`
		MaxTokens int             `json:"max_tokens"`
	}
	err := json.Unmarshal(body, &request)
	return question{model: string(request.Model), tokens: request.MaxTokens, stream: request.Stream}, err
}

func (openAI) contentType() string { return "text/event-stream" }

func (openAI) whole(b []byte, q question) []byte {
	return fmt.Appendf(b, `{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":%s,"choices":[{"index":0,"message":`+
		`{"role":"assistant","content":%s},"finish_reason":"stop"}],"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}`,
		q.model, q.text(), promptTokens, q.tokens, promptTokens+q.tokens)
}

func (o openAI) begin(b []byte, q question) []byte {
	return o.chunk(b, q, `{"role":"assistant","content":""}`, "null")
}

func (o openAI) token(b []byte, q question, sent int64) []byte {
	return o.chunk(b, q, fmt.Sprintf(`{"content":"%d "}`, sent), "null")
}

func (o openAI) end(b []byte, q question) []byte {
	return append(o.chunk(b, q, `{}`, `"stop"`), "data: [DONE]\n\n"...)
}

func (openAI) chunk(b []byte, q question, delta, finish string) []byte {
	return fmt.Appendf(b, `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":%s,"choices":[`+
		`{"index":0,"delta":%s,"finish_reason":%s}]}`+"\n\n", q.model, delta, finish)
}
