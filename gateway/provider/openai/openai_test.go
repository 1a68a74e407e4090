package openai_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
	"github.com/fairlead-dev/fairlead/gateway/provider"
	"github.com/fairlead-dev/fairlead/gateway/provider/openai"
)

func TestNative(t *testing.T) {
	cases := map[string]struct {
		reason   string
		provider openai.Provider
		call     protocol.Call
		want     string
	}{
		"Chat":            {provider: openai.New(), call: of(protocol.Chat, "/chat/completions"), want: "/chat/completions"},
		"ChatCompatible":  {provider: openai.NewCompatible(), call: of(protocol.Chat, "/chat/completions"), want: "/chat/completions"},
		"Responses":       {provider: openai.New(), call: of(protocol.Responses, "/responses"), want: "/responses"},
		"ResponsesTokens": {provider: openai.New(), call: of(protocol.CountTokens, "/responses/input_tokens"), want: "/responses/input_tokens"},
		"ResponsesCompatible": {
			reason: "few have it, and what they have is part of it", provider: openai.NewCompatible(), call: of(protocol.Responses, "/responses"),
		},
		"Rerank":           {reason: "OpenAI has none", provider: openai.New(), call: of(protocol.Rerank, "/rerank")},
		"RerankCompatible": {provider: openai.NewCompatible(), call: of(protocol.Rerank, "/rerank"), want: "/rerank"},
		"Moderation":       {provider: openai.New(), call: of(protocol.Moderation, "/moderations"), want: "/moderations"},
		"OtherProtocol": {
			provider: openai.New(), call: protocol.Call{Endpoint: protocol.Endpoint{Protocol: protocol.Ollama, Operation: protocol.Chat}, Path: "/api/chat"},
		},
		"Query": {
			provider: openai.New(), want: "/chat/completions?x=1",
			call: protocol.Call{Endpoint: protocol.Endpoint{Protocol: protocol.OpenAI, Operation: protocol.Chat}, Path: "/chat/completions", Query: "x=1"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			out, ok := c.provider.Native(&c.call, "m", true)
			if ok != (c.want != "") || out.Path != c.want || out.Stream != ok {
				t.Errorf("%s: %q, stream %v, %v, want %q", c.reason, out.Path, out.Stream, ok, c.want)
			}
		})
	}
}

func of(op protocol.Operation, path string) protocol.Call {
	return protocol.Call{Endpoint: protocol.Endpoint{Protocol: protocol.OpenAI, Operation: op}, Path: path}
}

func TestChat(t *testing.T) {
	req := &chat.Request{Model: "alias", Stream: true, Messages: []chat.Message{{Role: chat.RoleUser, Parts: []chat.Part{chat.Text("hi")}}}}
	req.Params.Add(chat.ParamMaxTokens, "max_tokens", []byte("5"))
	cases := map[string]struct {
		provider provider.Chatter
		want     string
	}{
		"OpenAI":     {openai.New(), `"max_completion_tokens":5`},
		"Compatible": {openai.NewCompatible(), `"max_tokens":5`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			out, err := c.provider.EncodeChat(req, "m")
			if err != nil {
				t.Fatalf("EncodeChat: %v", err)
			}
			want := `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true},` + c.want + `}`
			if diff := cmp.Diff(want, string(out.Body[0])); diff != "" || out.Path != "/chat/completions" || !out.Stream {
				t.Errorf("path %q, stream %v, body: -want +got\n%s", out.Path, out.Stream, diff)
			}
		})
	}
	a, err := openai.New().DecodeChat(req).Whole([]byte(`{"choices":[{"message":{"content":"ho"},"finish_reason":"stop"}]}`))
	if err != nil || len(a.Choices) != 1 || chat.Joined(a.Choices[0].Parts, "") != "ho" {
		t.Errorf("Whole: %+v, %v", a, err)
	}
}

func TestChatRefusesFilesOfOthers(t *testing.T) {
	file := chat.Part{Kind: chat.KindMedia, Media: &chat.Media{Kind: chat.MediaDocument, FileID: "file_1"}}
	_, err := openai.New().EncodeChat(&chat.Request{Messages: []chat.Message{{Role: chat.RoleUser, Parts: []chat.Part{file}}}}, "m")
	if want := "fault: 400 code=unsupported_parameter param=messages: "; err == nil || golden.Fault(err)[:len(want)] != want {
		t.Errorf("EncodeChat: %v, want %s", err, want)
	}
}

func TestEmbedding(t *testing.T) {
	req := &embedding.Request{Inputs: []string{"a", "b"}}
	out, err := openai.New().EncodeEmbedding(req, "m")
	if err != nil || out.Path != "/embeddings" || string(out.Body[0]) != `{"model":"m","input":["a","b"],"encoding_format":"float"}` {
		t.Errorf("EncodeEmbedding: %q %q, %v", out.Path, out.Body, err)
	}
	a, err := openai.New().DecodeEmbedding(req, []byte(`{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[2]}]}`))
	if err != nil || len(a.Vectors) != 2 || a.Vectors[1][0] != 2 {
		t.Errorf("DecodeEmbedding: %+v, %v", a, err)
	}
}

func TestError(t *testing.T) {
	h := http.Header{"Retry-After": {"3"}}
	got := golden.Fault(openai.New().Error(http.StatusTooManyRequests, h, []byte(`{"error":{"message":"slow down"}}`)))
	if want := "fault: 429 code=" + fault.CodeRateLimited + " param=: slow down (retry after 3s)"; got != want {
		t.Errorf("Error: %s, want %s", got, want)
	}
}
