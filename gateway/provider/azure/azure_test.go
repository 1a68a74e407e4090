package azure_test

import (
	"net/http"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/provider/azure"
)

func TestNative(t *testing.T) {
	cases := map[string]struct {
		reason string
		op     protocol.Operation
		path   string
		query  string
		want   string
	}{
		"Chat":          {op: protocol.Chat, path: "/chat/completions", want: "/openai/deployments/my%2Fgpt%3F5/chat/completions"},
		"Query":         {op: protocol.Chat, path: "/chat/completions", query: "x=1", want: "/openai/deployments/my%2Fgpt%3F5/chat/completions?x=1"},
		"Embeddings":    {op: protocol.Embeddings, path: "/embeddings", want: "/openai/deployments/my%2Fgpt%3F5/embeddings"},
		"Images":        {op: protocol.ImageGeneration, path: "/images/generations", want: "/openai/deployments/my%2Fgpt%3F5/images/generations"},
		"Transcription": {op: protocol.Transcription, path: "/audio/transcriptions", want: "/openai/deployments/my%2Fgpt%3F5/audio/transcriptions"},
		"Responses":     {reason: "they are of the v1 API", op: protocol.Responses, path: "/responses"},
		"Moderation":    {op: protocol.Moderation, path: "/moderations"},
		"Rerank":        {op: protocol.Rerank, path: "/rerank"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			call := &protocol.Call{Endpoint: protocol.Endpoint{Protocol: protocol.OpenAI, Operation: c.op}, Path: c.path, Query: c.query}
			out, ok := azure.New().Native(call, "my/gpt?5", true)
			if ok != (c.want != "") || out.Path != c.want || out.Stream != ok {
				t.Errorf("%s: %q, %v, want %q", c.reason, out.Path, ok, c.want)
			}
			call.Protocol = protocol.Anthropic
			if out, ok := azure.New().Native(call, "m", true); ok {
				t.Errorf("%q for another protocol", out.Path)
			}
		})
	}
}

func TestTranslated(t *testing.T) {
	req := &chat.Request{Messages: []chat.Message{{Role: chat.RoleUser, Parts: []chat.Part{chat.Text("hi")}}}}
	out, err := azure.New().EncodeChat(req, "my gpt")
	want := `{"model":"my gpt","messages":[{"role":"user","content":"hi"}]}`
	if err != nil || out.Path != "/openai/deployments/my%20gpt/chat/completions" || string(out.Body[0]) != want {
		t.Errorf("EncodeChat: %q %q, %v", out.Path, out.Body, err)
	}
	a, err := azure.New().DecodeChat(req).Whole([]byte(`{"choices":[{"message":{"content":"ho"},"finish_reason":"stop"}]}`))
	if err != nil || chat.Joined(a.Choices[0].Parts, "") != "ho" {
		t.Errorf("Whole: %+v, %v", a, err)
	}
	file := chat.Part{Kind: chat.KindMedia, Media: &chat.Media{Kind: chat.MediaDocument, FileID: "file_1"}}
	req.Messages[0].Parts = []chat.Part{file}
	if _, err := azure.New().EncodeChat(req, "m"); err == nil {
		t.Error("EncodeChat takes a file that another provider keeps")
	}
	texts := &embedding.Request{Inputs: []string{"a"}, Single: true}
	out, err = azure.New().EncodeEmbedding(texts, "m")
	if err != nil || out.Path != "/openai/deployments/m/embeddings" {
		t.Errorf("EncodeEmbedding: %q, %v", out.Path, err)
	}
	v, err := azure.New().DecodeEmbedding(texts, []byte(`{"data":[{"index":0,"embedding":[1]}]}`))
	if err != nil || len(v.Vectors) != 1 {
		t.Errorf("DecodeEmbedding: %+v, %v", v, err)
	}
}

func TestError(t *testing.T) {
	body := []byte(`{"error":{"code":"429","message":"Please retry after 26 seconds."}}`)
	if e := azure.New().Error(http.StatusTooManyRequests, nil, body); e.Code != fault.CodeRateLimited || e.RetryAfter.Seconds() != 26 {
		t.Errorf("Error: %+v", e)
	}
}
