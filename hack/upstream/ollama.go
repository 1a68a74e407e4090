package upstream

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// ollama speaks Ollama's chat.
// Source: https://github.com/ollama/ollama/blob/main/docs/api.md
type ollama struct{}

func (ollama) read(_ *http.Request, body []byte) (question, error) {
	var request struct {
		Model   json.RawMessage `json:"model"`
		Stream  *bool           `json:"stream"`
		Options struct {
			NumPredict int `json:"num_predict"`
		} `json:"options"`
	}
	err := json.Unmarshal(body, &request)
	return question{
		model: string(request.Model), tokens: request.Options.NumPredict, stream: request.Stream == nil || *request.Stream,
	}, err
}

func (ollama) contentType() string { return "application/x-ndjson" }

func (o ollama) whole(b []byte, q question) []byte { return o.last(b, q, q.text()) }

func (ollama) begin(b []byte, _ question) []byte { return b }

func (ollama) token(b []byte, q question, sent int64) []byte {
	return fmt.Appendf(b, `{"model":%s,"created_at":"2026-11-23T00:00:00Z","message":{"role":"assistant","content":"%d "},"done":false}`+"\n",
		q.model, sent)
}

func (o ollama) end(b []byte, q question) []byte { return append(o.last(b, q, `""`), '\n') }

func (ollama) last(b []byte, q question, text string) []byte {
	return fmt.Appendf(b, `{"model":%s,"created_at":"2026-11-23T00:00:00Z","message":{"role":"assistant","content":%s},"done":true,`+
		`"done_reason":"stop","total_duration":2,"load_duration":1,"prompt_eval_count":%d,"prompt_eval_duration":1,"eval_count":%d,"eval_duration":1}`,
		q.model, text, promptTokens, q.tokens)
}
