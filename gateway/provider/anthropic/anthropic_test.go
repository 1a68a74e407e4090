package anthropic

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

var (
	_ provider.Provider = Provider{}
	_ provider.Chatter  = Provider{}
	_ provider.Counter  = Provider{}
)

func TestNative(t *testing.T) {
	versioned := http.Header{"Anthropic-Version": {"2023-06-01"}}
	for name, tc := range map[string]struct {
		call   protocol.Call
		stream bool
		want   provider.Outbound
		ok     bool
	}{
		"Messages": {
			call:   protocol.Call{Endpoint: protocol.Endpoint{Protocol: protocol.Anthropic, Operation: protocol.Chat}, Query: "beta=true"},
			stream: true, ok: true,
			want: provider.Outbound{Path: "/v1/messages?beta=true", Header: versioned, Stream: true},
		},
		"CountTokens": {
			call: protocol.Call{Endpoint: protocol.Endpoint{Protocol: protocol.Anthropic, Operation: protocol.CountTokens}}, ok: true,
			want: provider.Outbound{Path: "/v1/messages/count_tokens", Header: versioned},
		},
		"ChatOfAnotherProtocol": {call: protocol.Call{Endpoint: protocol.Endpoint{Protocol: protocol.OpenAI, Operation: protocol.Chat}}},
		"Embeddings":            {call: protocol.Call{Endpoint: protocol.Endpoint{Protocol: protocol.OpenAI, Operation: protocol.Embeddings}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := New().Native(&tc.call, "claude-opus-5-5", tc.stream)
			if ok != tc.ok {
				t.Fatalf("Native: ok = %v, want %v", ok, tc.ok)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Native: -want +got\n%s", diff)
			}
		})
	}
}

// TestChat: a request and its answers by way of the interface.
func TestChat(t *testing.T) {
	req := &chat.Request{
		Model: "alias", Messages: []chat.Message{{Role: chat.RoleUser, Parts: []chat.Part{chat.Text("hi")}}}, Stream: true,
		Params: chat.Params{
			{Name: "mcp_servers", As: "mcp_servers", Value: []byte(`[{"type":"url"}]`)},
			{Name: chat.ParamMaxTokens, As: "max_completion_tokens", Value: []byte(`9`)},
			{Name: chat.ParamSeed, As: "seed", Value: []byte(`1`)},
		},
	}
	out, err := New().EncodeChat(req, "claude-opus-5-5")
	const want = `POST /v1/messages
Anthropic-Beta: mcp-client-2025-11-20
Anthropic-Version: 2023-06-01
# lost seed (seed)
{
  "model": "claude-opus-5-5",
  "max_tokens": 9,
  "messages": [
    {
      "role": "user",
      "content": [
        {
          "type": "text",
          "text": "hi"
        }
      ]
    }
  ],
  "stream": true,
  "mcp_servers": [
    {
      "type": "url"
    }
  ]
}`
	if diff := cmp.Diff(want, golden.Outbound(out, err)); diff != "" {
		t.Errorf("EncodeChat: -want +got\n%s", diff)
	}
	if !out.Stream {
		t.Error("EncodeChat: no stream is asked for")
	}
	d := New().DecodeChat(req)
	a, err := d.Whole([]byte(`{"type":"message","id":"msg_1","content":[{"type":"text","text":"ho"}],"stop_reason":"end_turn"}`))
	if err != nil || a.Choices[0].Parts[0].Text != "ho" {
		t.Errorf("Whole = %+v, %v", a, err)
	}
	var log golden.Events
	err = d.Stream(strings.NewReader("data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"ho\"}}\n\n"), log.Event)
	if got, want := log.End(err), "text choice=0 \"ho\"\nerror: "+chat.ErrUnfinished.Error(); got != want {
		t.Errorf("Stream gave\n%s\nwant\n%s", got, want)
	}
}

func TestCount(t *testing.T) {
	req := &chat.Request{Messages: []chat.Message{{Role: chat.RoleUser, Parts: []chat.Part{chat.Text("hi")}}}}
	out, err := New().EncodeCount(req, "claude-opus-5-5")
	if err != nil || out.Path != "/v1/messages/count_tokens" || strings.Contains(string(out.Body[0]), "max_tokens") {
		t.Errorf("EncodeCount = %s, %v", golden.Outbound(out, err), err)
	}
	if n, err := New().DecodeCount([]byte(`{"input_tokens":14}`)); n != 14 || err != nil {
		t.Errorf("DecodeCount = %d, %v, want 14", n, err)
	}
	for _, body := range []string{`{}`, `<html>`} {
		if n, err := New().DecodeCount([]byte(body)); err == nil {
			t.Errorf("DecodeCount(%s) = %d, want an error", body, n)
		}
	}
	empty := &chat.Request{}
	if _, err := New().EncodeCount(empty, "m"); err == nil {
		t.Error("EncodeCount of nothing gives no error")
	}
	if _, err := New().EncodeChat(empty, "m"); err == nil {
		t.Error("EncodeChat of nothing gives no error")
	}
}

func TestError(t *testing.T) {
	e := New().Error(529, http.Header{"Retry-After": {"3"}}, []byte(`{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`))
	if got, want := golden.Fault(e), "fault: 529 code=overloaded_error param=: Overloaded (retry after 3s)"; got != want {
		t.Errorf("Error = %s, want %s", got, want)
	}
}
