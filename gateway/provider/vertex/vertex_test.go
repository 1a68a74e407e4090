package vertex

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

const model = "gemini-2.5-flash"

func TestNative(t *testing.T) {
	call := func(operation protocol.Operation, path string) *protocol.Call {
		return &protocol.Call{Endpoint: protocol.Endpoint{Protocol: protocol.Gemini, Operation: operation}, Path: path, Query: "alt=sse", Model: model}
	}
	out, ok := New().Native(call(protocol.Chat, ":streamGenerateContent"), model, true)
	want := provider.Outbound{Path: "/publishers/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse", Stream: true}
	if diff := cmp.Diff(want, out); diff != "" || !ok {
		t.Errorf("%v: -want +got\n%s", ok, diff)
	}
	for name, c := range map[string]*protocol.Call{
		"Count": call(protocol.CountTokens, ":countTokens"), "Embed": call(protocol.Embeddings, ":embedContent"),
		"OpenAI": {Endpoint: protocol.Endpoint{Protocol: protocol.OpenAI, Operation: protocol.Chat}},
	} {
		if _, ok := New().Native(c, model, false); ok {
			t.Errorf("%s passes", name)
		}
	}
}

func TestPaths(t *testing.T) {
	p := New()
	question := &chat.Request{Messages: []chat.Message{{Role: chat.RoleUser, Parts: []chat.Part{chat.Text("a")}}}}
	input := &embedding.Request{Inputs: []string{"a"}}
	cases := map[string]struct {
		encode func() (provider.Outbound, error)
		want   string
		body   string
	}{
		"Chat":   {func() (provider.Outbound, error) { return p.EncodeChat(question, model) }, "gemini-2.5-flash:generateContent", `{"contents":`},
		"Stream": {func() (provider.Outbound, error) { r := *question; r.Stream = true; return p.EncodeChat(&r, model) }, "gemini-2.5-flash:streamGenerateContent?alt=sse", `{"contents":`},
		"Count":  {func() (provider.Outbound, error) { return p.EncodeCount(question, model) }, "gemini-2.5-flash:countTokens", `{"contents":`},
		"Embed":  {func() (provider.Outbound, error) { return p.EncodeEmbedding(input, "text-embedding-005") }, "text-embedding-005:predict", `{"instances":`},
		"EmbedGemini": {
			func() (provider.Outbound, error) { return p.EncodeEmbedding(input, "gemini-embedding-001") }, "gemini-embedding-001:predict", `{"instances":`,
		},
		"EmbedNewer": {
			func() (provider.Outbound, error) { return p.EncodeEmbedding(input, "gemini-embedding-2") }, "gemini-embedding-2:embedContent", `{"content":`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out, err := tc.encode()
			if err != nil {
				t.Fatalf("encoding: %v", err)
			}
			if diff := cmp.Diff("/publishers/google/models/"+tc.want, out.Path); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if len(out.Body) != 1 || !strings.HasPrefix(string(out.Body[0]), tc.body) || out.Stream != (name == "Stream") {
				t.Errorf("stream %v, body %s", out.Stream, out.Body)
			}
		})
	}
}

// TestEncodeFails is for what cannot be sent and cannot be left out.
func TestEncodeFails(t *testing.T) {
	foreign := chat.Part{Kind: chat.KindMedia, Media: &chat.Media{FileID: "file-1"}}
	req := &chat.Request{Messages: []chat.Message{{Role: chat.RoleUser, Parts: []chat.Part{foreign}}}}
	if _, err := New().EncodeChat(req, model); err == nil {
		t.Error("EncodeChat took another provider's file")
	}
	if _, err := New().EncodeCount(req, model); err == nil {
		t.Error("EncodeCount took another provider's file")
	}
	if _, err := New().EncodeEmbedding(&embedding.Request{Inputs: []string{"a", "b"}}, "gemini-embedding-2"); err == nil {
		t.Error("EncodeEmbedding took two texts")
	}
}

func TestDecoders(t *testing.T) {
	p := New()
	a, err := p.DecodeChat(nil).Whole([]byte(`{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]}`))
	if err != nil || a.Choices[0].Parts[0].Text != "a" {
		t.Errorf("Whole: %+v, %v", a, err)
	}
	input := &embedding.Request{Inputs: []string{"a"}}
	for _, body := range []string{`{"predictions":[{"embeddings":{"values":[1]}}]}`, `{"embedding":{"values":[1]}}`} {
		if e, err := p.DecodeEmbedding(input, []byte(body)); err != nil || len(e.Vectors) != 1 {
			t.Errorf("DecodeEmbedding: %+v, %v", e, err)
		}
	}
	if n, err := p.DecodeCount([]byte(`{"totalTokens":2}`)); err != nil || n != 2 {
		t.Errorf("DecodeCount: %d, %v", n, err)
	}
	if f := p.Error(503, nil, nil); f.Status != 503 {
		t.Errorf("Error: %+v", f)
	}
}
