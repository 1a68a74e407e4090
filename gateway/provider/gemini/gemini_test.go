package gemini

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

const model = "gemini-2.5-flash"

func TestNative(t *testing.T) {
	cases := map[string]struct {
		reason    string
		protocol  protocol.Name
		operation protocol.Operation
		path      string
		query     string
		alias     string
		want      string
		refused   bool
	}{
		"Chat":       {"the path has the model", protocol.Gemini, protocol.Chat, ":generateContent", "", "a", "/v1beta/models/gemini-2.5-flash:generateContent", false},
		"Stream":     {"the client says how", protocol.Gemini, protocol.Chat, ":streamGenerateContent", "alt=sse", "a", "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", false},
		"EmbedAlias": {"the body names the model, too", protocol.Gemini, protocol.Embeddings, ":batchEmbedContents", "", "a", "", true},
		"Embed":      {"by the same name", protocol.Gemini, protocol.Embeddings, ":batchEmbedContents", "", model, "/v1beta/models/gemini-2.5-flash:batchEmbedContents", false},
		"CountAlias": {"the body may name the model, too", protocol.Gemini, protocol.CountTokens, ":countTokens", "", "a", "", true},
		"Count":      {"by the same name", protocol.Gemini, protocol.CountTokens, ":countTokens", "", "models/" + model, "/v1beta/models/gemini-2.5-flash:countTokens", false},
		"OpenAI":     {"another protocol", protocol.OpenAI, protocol.Chat, "/chat/completions", "", "a", "", true},
		"Unknown":    {"another operation", protocol.Gemini, protocol.Rerank, ":rank", "", "a", "", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			call := &protocol.Call{Endpoint: protocol.Endpoint{Protocol: tc.protocol, Operation: tc.operation}, Path: tc.path, Query: tc.query, Model: tc.alias}
			out, ok := New().Native(call, model, false)
			if ok == tc.refused || out.Path != tc.want {
				t.Errorf("%s: %q, %v", tc.reason, out.Path, ok)
			}
		})
	}
}

func TestPaths(t *testing.T) {
	p := New()
	question := &chat.Request{Messages: []chat.Message{{Role: chat.RoleUser, Parts: []chat.Part{chat.Text("a")}}}}
	cases := map[string]struct {
		encode func() (provider.Outbound, error)
		want   string
	}{
		"Chat":   {func() (provider.Outbound, error) { return p.EncodeChat(question, "models/"+model) }, "/v1beta/models/gemini-2.5-flash:generateContent"},
		"Slash":  {func() (provider.Outbound, error) { return p.EncodeChat(question, "a/b?c") }, "/v1beta/models/a%2Fb%3Fc:generateContent"},
		"Stream": {func() (provider.Outbound, error) { r := *question; r.Stream = true; return p.EncodeChat(&r, model) }, "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"},
		"Count":  {func() (provider.Outbound, error) { return p.EncodeCount(question, model) }, "/v1beta/models/gemini-2.5-flash:countTokens"},
		"Embed": {func() (provider.Outbound, error) {
			return p.EncodeEmbedding(&embedding.Request{Inputs: []string{"a"}}, model)
		}, "/v1beta/models/gemini-2.5-flash:batchEmbedContents"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out, err := tc.encode()
			if err != nil {
				t.Fatalf("encoding: %v", err)
			}
			if diff := cmp.Diff(tc.want, out.Path); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if len(out.Body) != 1 || out.Stream != (name == "Stream") {
				t.Errorf("%d bodies, stream %v", len(out.Body), out.Stream)
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
}

func TestDecoders(t *testing.T) {
	p := New()
	a, err := p.DecodeChat(nil).Whole([]byte(`{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]}`))
	if err != nil || a.Choices[0].Parts[0].Text != "a" {
		t.Errorf("Whole: %+v, %v", a, err)
	}
	e, err := p.DecodeEmbedding(&embedding.Request{Inputs: []string{"a"}}, []byte(`{"embeddings":[{"values":[1]}]}`))
	if err != nil || len(e.Vectors) != 1 {
		t.Errorf("DecodeEmbedding: %+v, %v", e, err)
	}
	if n, err := p.DecodeCount([]byte(`{"totalTokens":2}`)); err != nil || n != 2 {
		t.Errorf("DecodeCount: %d, %v", n, err)
	}
	if f := p.Error(503, nil, nil); f.Status != 503 {
		t.Errorf("Error: %+v", f)
	}
}
