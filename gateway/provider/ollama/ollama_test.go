package ollama_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/provider"
	"github.com/fairlead-dev/fairlead/gateway/provider/ollama"
)

var (
	_ provider.Provider = ollama.Provider{}
	_ provider.Chatter  = ollama.Provider{}
	_ provider.Embedder = ollama.Provider{}
)

func TestNative(t *testing.T) {
	cases := map[string]struct {
		protocol protocol.Name
		path     string
		stream   bool
		want     provider.Outbound
		ok       bool
	}{
		"Chat":           {protocol.Ollama, "/api/chat", true, provider.Outbound{Path: "/api/chat", Stream: true}, true},
		"Generate":       {protocol.Ollama, "/api/generate", false, provider.Outbound{Path: "/api/generate"}, true},
		"Embed":          {protocol.Ollama, "/api/embed", true, provider.Outbound{Path: "/api/embed"}, true},
		"Embeddings":     {protocol.Ollama, "/api/embeddings", false, provider.Outbound{Path: "/api/embeddings"}, true},
		"NeverPull":      {protocol.Ollama, "/api/pull", true, provider.Outbound{}, false},
		"OpenAIIsNoWire": {protocol.OpenAI, "/chat/completions", true, provider.Outbound{}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			call := &protocol.Call{Endpoint: protocol.Endpoint{Protocol: c.protocol}, Path: c.path}
			got, ok := ollama.New().Native(call, "m", c.stream)
			if diff := cmp.Diff(c.want, got); ok != c.ok || diff != "" {
				t.Errorf("Native: %v, -want +got\n%s", ok, diff)
			}
		})
	}
}

func TestChat(t *testing.T) {
	p := ollama.New()
	req := &chat.Request{Model: "alias", Stream: true, Messages: []chat.Message{{Role: chat.RoleUser, Parts: []chat.Part{chat.Text("hi")}}}}
	out, err := p.EncodeChat(req, "llama3.2:3b")
	if err != nil || out.Path != "/api/chat" || !out.Stream || !strings.Contains(string(out.Body[0]), `"model":"llama3.2:3b"`) {
		t.Errorf("EncodeChat: %+v, %v", out, err)
	}
	a, err := p.DecodeChat(req).Whole([]byte(`{"message":{"role":"assistant","content":"Hello"},"done":true,"done_reason":"stop"}`))
	if err != nil || chat.Joined(a.Choices[0].Parts, "") != "Hello" {
		t.Errorf("Whole: %+v, %v", a, err)
	}
	if f := p.Error(http.StatusNotFound, nil, []byte(`{"error":"model 'x' not found"}`)); f.Status != http.StatusNotFound {
		t.Errorf("Error: %+v", f)
	}
}

func TestEmbedding(t *testing.T) {
	p := ollama.New()
	e, err := p.EncodeEmbedding(&embedding.Request{Inputs: []string{"a"}}, "nomic")
	if err != nil || e.Path != "/api/embed" || e.Stream {
		t.Errorf("EncodeEmbedding: %+v, %v", e, err)
	}
	v, err := p.DecodeEmbedding(&embedding.Request{Inputs: []string{"x"}}, []byte(`{"embeddings":[[1,0.5]],"prompt_eval_count":1}`))
	if err != nil {
		t.Fatalf("DecodeEmbedding: %v", err)
	}
	if diff := cmp.Diff([][]float32{{1, 0.5}}, v.Vectors); diff != "" {
		t.Errorf("DecodeEmbedding: -want +got\n%s", diff)
	}
}

// TestRefusal: content that Ollama cannot take is an error, not a loss.
func TestRefusal(t *testing.T) {
	audio := chat.Part{Kind: chat.KindMedia, Media: &chat.Media{Kind: chat.MediaAudio, Data: "AAAA"}}
	_, err := ollama.New().EncodeChat(&chat.Request{Messages: []chat.Message{{Role: chat.RoleUser, Parts: []chat.Part{audio}}}}, "m")
	if err == nil || !strings.Contains(err.Error(), "messages[0].content") {
		t.Errorf("EncodeChat: %v, want an error that names the message", err)
	}
}
