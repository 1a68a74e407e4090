package server

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/provider"
	"github.com/fairlead-dev/fairlead/gateway/provider/gemini"
	"github.com/fairlead-dev/fairlead/gateway/provider/ollama"
	"github.com/fairlead-dev/fairlead/gateway/provider/openai"
)

// This file has embeddings, audio, images, rerank: what passes, and in which form.

// TestContractEmbeddingsEncoding: the SDKs for Python and Node and LangChain ask for base64 by default; Open WebUI asks for nothing, and
// reads the vectors as lists of numbers.
func TestContractEmbeddingsEncoding(t *testing.T) {
	g, _ := before(t, ollama.New(), answering(http.StatusOK, "application/json", `{"embeddings":[[1,-2]],"prompt_eval_count":2}`))
	for format, want := range map[string]string{
		"": `"embedding":[1,-2]`, `,"encoding_format":"float"`: `"embedding":[1,-2]`, `,"encoding_format":"base64"`: `"embedding":"AACAPwAAAMA="`,
	} {
		if r := g.post("/v1/embeddings", `{"model":"chat","input":"hi"`+format+`}`); r.StatusCode != http.StatusOK || !strings.Contains(r.body, want) {
			t.Errorf("%q: status %d %s, want %s", format, r.StatusCode, r.body, want)
		}
	}
}

// TestContractEmbeddingsInOrder: Open WebUI goes by the order of the list and not by the index.
func TestContractEmbeddingsInOrder(t *testing.T) {
	const mixed = `{"data":[{"index":1,"embedding":[2]},{"index":0,"embedding":[1]}],"usage":{"prompt_tokens":1,"total_tokens":1}}`
	g, _ := before(t, openai.NewCompatible(), answering(http.StatusOK, "application/json", mixed))
	if r := g.post("/api/embed", `{"model":"chat","input":["a","b"],"truncate":true}`); !strings.Contains(r.body, `"embeddings":[[1],[2]]`) {
		t.Errorf("status %d %s", r.StatusCode, r.body)
	}
	g, _ = before(t, ollama.New(), answering(http.StatusOK, "application/json", `{"embeddings":[[1],[2]]}`))
	if r := g.post("/v1/embeddings", `{"model":"chat","input":["a","b"]}`); !strings.Contains(r.body, `"index":0,"embedding":[1]},{"object":"embedding","index":1,"embedding":[2]}`) {
		t.Errorf("status %d %s", r.StatusCode, r.body)
	}
}

// TestContractEmbeddingsAreNeverEmpty: openai-python raises a ValueError for an answer without data.
func TestContractEmbeddingsAreNeverEmpty(t *testing.T) {
	for name, p := range map[string]provider.Provider{"Ollama": ollama.New(), "Gemini": gemini.New()} {
		g, _ := before(t, p, answering(http.StatusOK, "application/json", `{"embeddings":[]}`))
		if r := g.post("/v1/embeddings", `{"model":"chat","input":"hi"}`); r.StatusCode != http.StatusBadGateway || r.code(t) != "upstream_error" {
			t.Errorf("%s: status %d %s", name, r.StatusCode, r.body)
		}
	}
}

// formPart is one part of a form: a file where it has a name of one.
type formPart struct{ name, file, contentType, content string }

func formOf(t *testing.T, parts ...formPart) (body, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + p.name + `"`}}
		if p.file != "" {
			h.Set("Content-Disposition", `form-data; name="`+p.name+`"; filename="`+p.file+`"`)
			h.Set("Content-Type", p.contentType)
		}
		part, err := w.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(part, p.content)
	}
	_ = w.Close()
	return b.String(), w.FormDataContentType()
}

// TestContractForms: lists have brackets in their names and come several times; names and types of files are what providers tell formats
// by. Everything but the model passes byte for byte.
func TestContractForms(t *testing.T) {
	m := formPart{name: "model", content: "chat"}
	cases := map[string][]formPart{
		"/v1/images/edits": {
			{"image[]", "a b.png", "image/png", "\x89PNG\r\n--"}, m, {"image[]", "ü\\\".webp", "image/webp", "RIFF"}, {"mask", "m.png", "image/png", "\x89PNG"}, {name: "prompt", content: "a cat"},
		},
		"/v1/audio/transcriptions": {
			{"file", "speech.mp3", "audio/mpeg", "ID3\x00\xff"},
			{name: "timestamp_granularities[]", content: "word"},
			{name: "timestamp_granularities[]", content: "segment"},
			{name: "response_format", content: "verbose_json"},
			{name: "language", content: "de"},
			m,
		},
		"/v1/audio/translations": {m, {"file", "speech.webm", "audio/webm;codecs=opus", "\x1aE"}},
	}
	for path, parts := range cases {
		body, contentType := formOf(t, parts...)
		g, got := before(t, openai.New(), answering(http.StatusOK, "application/json", `{"text":"hello"}`))
		r := g.post(path, body, "Content-Type", contentType)
		if r.StatusCode != http.StatusOK || r.body != `{"text":"hello"}` || got.header.Get("Content-Type") != contentType {
			t.Errorf("%s: status %d %s; upstream got the type %q", path, r.StatusCode, r.body, got.header.Get("Content-Type"))
		}
		if want := strings.Replace(body, "\r\n\r\nchat\r\n", "\r\n\r\nupstream-a\r\n", 1); got.body != want {
			t.Errorf("%s: upstream got %q, want %q", path, got.body, want)
		}
	}
}

// TestContractTranscriptionFormats: text, subtitles, JSON and streams come back in the form and type that the provider gave them.
func TestContractTranscriptionFormats(t *testing.T) {
	body, contentType := formOf(t, formPart{"file", "a.wav", "audio/wav", "RIFF"}, formPart{name: "model", content: "chat"}, formPart{name: "stream", content: "true"})
	for kind, answer := range map[string]string{
		"text/plain; charset=utf-8": "hello\n", "text/vtt": "WEBVTT\n\n00:00.000 --> 00:01.000\nhello\n", "application/x-subrip": "1\n00:00:00,000 --> 00:00:01,000\nhello\n",
		"application/json":  `{"task":"transcribe","words":[]}`,
		"text/event-stream": "data: {\"type\":\"transcript.text.delta\",\"delta\":\"hel\"}\n\ndata: {\"type\":\"transcript.text.done\",\"text\":\"hello\"}\n\n",
	} {
		g, _ := before(t, openai.New(), answering(http.StatusOK, kind, answer))
		if r := g.post("/v1/audio/transcriptions", body, "Content-Type", contentType); r.body != answer || r.Header.Get("Content-Type") != kind || r.err != nil {
			t.Errorf("%s: type %q, body %q, %v", kind, r.Header.Get("Content-Type"), r.body, r.err)
		}
	}
}

// TestContractTranscriptionErrors: Open WebUI shows error.message of an answer that is no success.
func TestContractTranscriptionErrors(t *testing.T) {
	body, contentType := formOf(t, formPart{"file", "a.wav", "audio/wav", "RIFF"}, formPart{name: "model", content: "chat"})
	g, _ := before(t, ollama.New(), answersOf(ollama.New()))
	if r := g.post("/v1/audio/transcriptions", body, "Content-Type", contentType); r.StatusCode != http.StatusBadRequest || r.openAIError(t).Message == "" {
		t.Errorf("status %d %s", r.StatusCode, r.body)
	}
}

// TestContractSpeech: SDKs ask for application/octet-stream and get what the provider sends: audio, or events with pieces of it.
func TestContractSpeech(t *testing.T) {
	const audio = "ID3\x04\x00\xff\xfb\x90\x00\n\n"
	const events = "data: {\"type\":\"speech.audio.delta\",\"audio\":\"SUQz\"}\n\ndata: {\"type\":\"speech.audio.done\"}\n\n"
	for kind, answer := range map[string]string{"audio/mpeg": audio, "audio/wav": audio, "text/event-stream": events} {
		g, _ := before(t, openai.New(), answering(http.StatusOK, kind, answer))
		r := g.post("/v1/audio/speech", `{"model":"chat","input":"hi","voice":"alloy","stream_format":"sse"}`, "Accept", "application/octet-stream")
		if r.body != answer || r.Header.Get("Content-Type") != kind || r.err != nil {
			t.Errorf("%s: type %q, body %q, %v", kind, r.Header.Get("Content-Type"), r.body, r.err)
		}
	}
}

// TestContractImages: Open WebUI reads data[].b64_json or data[].url.
func TestContractImages(t *testing.T) {
	const answer = `{"created":1,"data":[{"b64_json":"iVBORw0KGgo="},{"url":"https://example.com/a.png"}]}`
	const request = `{"model":"chat","prompt":"a cat","n":1,"size":"1024x1024","response_format":"b64_json"}`
	g, got := before(t, openai.New(), answering(http.StatusOK, "application/json", answer))
	if r := g.post("/v1/images/generations", request); r.body != answer || got.body != strings.Replace(request, `"chat"`, `"upstream-a"`, 1) {
		t.Errorf("status %d %s; upstream got %s", r.StatusCode, r.body, got.body)
	}
}

// TestContractRerank: Open WebUI sends model, query, documents and top_n, and reads results[].index and relevance_score.
func TestContractRerank(t *testing.T) {
	const answer = `{"results":[{"index":1,"relevance_score":0.9},{"index":0,"relevance_score":0.1}]}`
	const request = `{"model":"chat","query":"q","documents":["a","b"],"top_n":2}`
	g, got := before(t, openai.NewCompatible(), answering(http.StatusOK, "application/json", answer))
	for _, path := range []string{"/v1/rerank", "/rerank"} {
		if r := g.post(path, request); r.body != answer || got.path != "/rerank" || got.body != strings.Replace(request, `"chat"`, `"upstream-a"`, 1) {
			t.Errorf("%s: status %d %s; upstream got %s %s", path, r.StatusCode, r.body, got.path, got.body)
		}
	}
}
