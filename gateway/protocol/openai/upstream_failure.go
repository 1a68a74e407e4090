package openai

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// errorDocument is an error in any of the shapes that upstreams have: OpenAI's object under `error`, a text there, vLLM's without
// the object, FastAPI's `detail`, and Google's list of one.
// Sources: https://platform.openai.com/docs/guides/error-codes, https://fastapi.tiangolo.com/tutorial/handling-errors/,
// https://ai.google.dev/gemini-api/docs/troubleshooting
type errorDocument struct {
	Error   json.RawMessage `json:"error"`
	Message json.RawMessage `json:"message"`
	Detail  json.RawMessage `json:"detail"`
	Type    json.RawMessage `json:"type"`
	Status  json.RawMessage `json:"status"`
	Param   json.RawMessage `json:"param"`
	Code    json.RawMessage `json:"code"`
	// Inner says at Azure what a code means.
	Inner struct {
		Code json.RawMessage `json:"code"`
	} `json:"innererror"`
	// Metadata is where OpenRouter has what the provider behind it said.
	Metadata struct {
		Raw json.RawMessage `json:"raw"`
	} `json:"metadata"`
}

// readFailure reads an error; nil for what is none.
func readFailure(raw []byte) *failure {
	raw = bytes.TrimSpace(raw)
	if bytes.HasPrefix(raw, []byte("[")) {
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil || len(list) == 0 {
			return nil
		}
		return readFailure(list[0])
	}
	if bytes.HasPrefix(raw, []byte(`"`)) {
		return &failure{message: text(raw)}
	}
	var doc errorDocument
	if json.Unmarshal(raw, &doc) != nil {
		return nil
	}
	if len(doc.Error) > 0 && string(doc.Error) != "null" {
		return readFailure(doc.Error)
	}
	return doc.failure()
}

func (d *errorDocument) failure() *failure {
	f := &failure{message: text(d.Message), kind: text(d.Type), param: text(d.Param), code: text(d.Code)}
	if f.kind == "" && bytes.HasPrefix(d.Status, []byte(`"`)) {
		f.kind = text(d.Status)
	}
	if f.message == "" {
		f.message = detailed(d.Detail)
	}
	if strings.HasPrefix(f.message, "{") { // Mistral's message can be FastAPI's document
		if inner := readFailure([]byte(f.message)); inner != nil {
			f.message = inner.message
		}
	}
	if inner := text(d.Inner.Code); strings.EqualFold(inner, "ResponsibleAIPolicyViolation") {
		f.kind = inner
	}
	if more := text(d.Metadata.Raw); more != "" {
		f.message += " " + more
	}
	if *f == (failure{}) {
		return nil
	}
	return f
}

// detailed is the text of FastAPI's detail: a text, or a list of what is wrong where.
func detailed(raw json.RawMessage) string {
	var list []struct {
		Where   []any  `json:"loc"`
		Message string `json:"msg"`
	}
	if json.Unmarshal(raw, &list) != nil {
		return text(raw)
	}
	all := make([]string, 0, len(list))
	for _, d := range list {
		path := make([]string, 0, len(d.Where))
		for _, w := range d.Where {
			path = append(path, strings.Trim(string(jsonwrite.Must(w)), `"`))
		}
		all = append(all, strings.Join(path, ".")+": "+d.Message)
	}
	return strings.Join(all, "; ")
}

// plainText is an error that is no JSON, if it is meant for people: pages of proxies in between are not.
func plainText(h http.Header, body []byte) string {
	body = bytes.TrimSpace(body)
	if strings.Contains(h.Get("Content-Type"), "html") || bytes.HasPrefix(body, []byte("<")) || bytes.HasPrefix(body, []byte("{")) {
		return ""
	}
	return string(body)
}
