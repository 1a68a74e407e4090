package upstream

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// gemini speaks Gemini's generateContent.
// Source: https://ai.google.dev/api/generate-content
type gemini struct{}

func (gemini) read(r *http.Request, body []byte) (question, error) {
	model, method, _ := strings.Cut(r.PathValue("asked"), ":")
	var request struct {
		GenerationConfig struct {
			MaxOutputTokens int `json:"maxOutputTokens"`
		} `json:"generationConfig"`
	}
	err := json.Unmarshal(body, &request)
	return question{
		model: strconv.Quote(model), tokens: request.GenerationConfig.MaxOutputTokens, stream: method == "streamGenerateContent",
	}, err
}

func (gemini) contentType() string { return "text/event-stream" }

func (g gemini) whole(b []byte, q question) []byte {
	return g.response(b, q, q.text(), `,"finishReason":"STOP"`)
}

func (gemini) begin(b []byte, _ question) []byte { return b }

func (g gemini) token(b []byte, q question, sent int64) []byte {
	return g.event(b, q, fmt.Sprintf(`"%d "`, sent), "")
}

func (g gemini) end(b []byte, q question) []byte {
	return g.event(b, q, `""`, `,"finishReason":"STOP"`)
}

// event frames a response as the service does: it ends its lines in CRLF.
func (g gemini) event(b []byte, q question, text, finish string) []byte {
	return append(g.response(append(b, "data: "...), q, text, finish), "\r\n\r\n"...)
}

func (gemini) response(b []byte, q question, text, finish string) []byte {
	return fmt.Appendf(b, `{"candidates":[{"content":{"parts":[{"text":%s}],"role":"model"}%s,"index":0}],`+
		`"usageMetadata":{"promptTokenCount":%d,"candidatesTokenCount":%d,"totalTokenCount":%d},"modelVersion":%s,"responseId":"1"}`,
		text, finish, promptTokens, q.tokens, promptTokens+q.tokens, q.model)
}
