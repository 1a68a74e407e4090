package openai

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/openai/openai-go/v3"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
)

var vectors = [][]float32{{0.1, -2, 3e-7}, {float32(math.Inf(1)), 0, 1}}

func TestEmbeddingAnswer(t *testing.T) {
	a := &embedding.Answer{Vectors: vectors, Usage: chat.Usage{Known: true, InputTokens: 6}}
	got := string(Embeddings{}.Answer(&embedding.Request{Model: "al\"ias"}, a))
	want := `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,-2,3e-07]},` +
		`{"object":"embedding","index":1,"embedding":[0,0,1]}],"model":"al\"ias","usage":{"prompt_tokens":6,"total_tokens":6}}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("numbers: -want +got\n%s", diff)
	}
	var doc openai.CreateEmbeddingResponse
	if err := json.Unmarshal([]byte(got), &doc); err != nil || doc.Data[0].Embedding[1] != -2 || doc.Usage.TotalTokens != 6 {
		t.Errorf("the SDK reads %+v, %v", doc, err)
	}
}

// TestTrapEmbeddingBase64: the SDKs for Python and Node ask for little-endian 32-bit floats in base64 unless told otherwise.
func TestTrapEmbeddingBase64(t *testing.T) {
	got := string(Embeddings{}.Answer(&embedding.Request{Base64: true}, &embedding.Answer{Vectors: [][]float32{{1, -2}}}))
	if !strings.Contains(got, `"embedding":"AACAPwAAAMA="`) {
		t.Errorf("answer %s, want 1 and -2 as AACAPwAAAMA=", got)
	}
}

func TestEncodeEmbedding(t *testing.T) {
	req := &embedding.Request{Model: "alias", Inputs: []string{"a", "b"}, Base64: true}
	req.Params.Add(embedding.ParamDimensions, "dimensions", json.RawMessage("256"))
	req.Params.Add(embedding.ParamTruncate, "truncate", json.RawMessage("true"))
	req.Params.Add(chat.ParamUser, "user", json.RawMessage(`"u"`))
	single := &embedding.Request{Inputs: []string{"a"}, Single: true}
	cases := map[string]struct {
		req     *embedding.Request
		dialect Dialect
		want    string
		lost    []string
	}{
		"OpenAI": {
			req, DialectOpenAI, `{"model":"m","input":["a","b"],"encoding_format":"float","dimensions":256,"user":"u"}`, []string{"truncate"},
		},
		"Compatible": {
			req, DialectCompatible, `{"model":"m","input":["a","b"],"encoding_format":"float","dimensions":256}`, []string{"truncate", "user"},
		},
		"Single": {single, DialectOpenAI, `{"model":"m","input":"a","encoding_format":"float"}`, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			body, params := EncodeEmbedding(c.req, "m", c.dialect)
			var lost []string
			for _, p := range params {
				lost = append(lost, p.Name)
			}
			if diff := cmp.Diff(c.want, string(body)); diff != "" {
				t.Errorf("body: -want +got\n%s", diff)
			}
			if diff := cmp.Diff(c.lost, lost); diff != "" {
				t.Errorf("lost: -want +got\n%s", diff)
			}
		})
	}
}

func TestDecodeEmbedding(t *testing.T) {
	cases := map[string]struct {
		reason string
		body   string
		want   [][]float32
		status int
	}{
		"InAnyOrder": {
			reason: "the index counts",
			body:   `{"data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":[1,2]}],"usage":{"prompt_tokens":6,"total_tokens":6}}`,
			want:   [][]float32{{1, 2}, {3, 4}},
		},
		"Base64":      {body: `{"data":[{"index":0,"embedding":"AACAPwAAAMA="},{"index":1,"embedding":"AACAPwAAAMA="}]}`, want: [][]float32{{1, -2}, {1, -2}}},
		"TooFew":      {body: `{"data":[{"index":0,"embedding":[1]}]}`},
		"TwiceTheOne": {body: `{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}`},
		"BadIndex":    {body: `{"data":[{"index":0,"embedding":[1]},{"index":7,"embedding":[1]}]}`},
		"BadVector":   {body: `{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":{}}]}`},
		"BadBase64":   {body: `{"data":[{"index":0,"embedding":"AACA"},{"index":1,"embedding":"!"}]}`},
		"Garbage":     {body: `<html>`},
		"Error":       {body: `{"error":{"message":"no","code":429}}`, status: 429},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a, err := DecodeEmbedding([]byte(c.body), 2)
			if c.want == nil {
				e, _ := errors.AsType[*fault.Error](err)
				if err == nil || (e != nil) != (c.status > 0) || e != nil && e.Status != c.status {
					t.Errorf("%s: %v, want an error with status %d", c.reason, err, c.status)
				}
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", c.reason, err)
			}
			if diff := cmp.Diff(c.want, a.Vectors); diff != "" {
				t.Errorf("%s: -want +got\n%s", c.reason, diff)
			}
		})
	}
}

// TestEncodeChatOutsideThisProtocol has what clients of other protocols ask for and this one's cannot.
func TestEncodeChatOutsideThisProtocol(t *testing.T) {
	failed := &chat.ToolResult{ID: "1", Name: "f", Parts: []chat.Part{chat.Text("no such file")}, Failed: true}
	image := chat.Part{Kind: chat.KindMedia, Media: &chat.Media{Kind: chat.MediaImage, Type: "image/png", Data: "AAAA"}}
	cases := map[string]struct {
		req  *chat.Request
		want string
	}{
		"FailedTool": {
			&chat.Request{Messages: []chat.Message{{Role: chat.RoleTool, Parts: []chat.Part{{Kind: chat.KindToolResult, ToolResult: failed}}}}},
			`{"model":"m","messages":[{"role":"tool","content":"Error: no such file","tool_call_id":"1"}]}`,
		},
		"ToolThatReturnsAnImage": {
			&chat.Request{Messages: []chat.Message{{Role: chat.RoleTool, Parts: []chat.Part{{
				Kind: chat.KindToolResult, ToolResult: &chat.ToolResult{ID: "1", Name: "see", Parts: []chat.Part{image}},
			}}}}},
			`{"model":"m","messages":[{"role":"tool","content":"See the next message of the user.","tool_call_id":"1"},{"role":"user",` +
				`"content":[{"type":"text","text":"What the tool see returned:"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}`,
		},
		"Prompt": {
			&chat.Request{Prompt: &chat.Prompt{Text: "Once", Suffix: "end", System: "Be brief."}},
			`{"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Once"}]}`,
		},
		"AudioAtURL": {
			&chat.Request{Messages: []chat.Message{{Role: chat.RoleUser, Parts: []chat.Part{
				{Kind: chat.KindMedia, Media: &chat.Media{Kind: chat.MediaAudio, URL: "https://example.com/a.mp3"}},
			}}}},
			"fault: 400 code=unsupported_parameter param=messages: 'messages' is not supported for this model: it takes audio only as data, not at a URL",
		},
		"BrokenTextDocument": {
			&chat.Request{Messages: []chat.Message{{Role: chat.RoleUser, Parts: []chat.Part{
				{Kind: chat.KindMedia, Media: &chat.Media{Kind: chat.MediaDocument, Type: "text/plain", Data: "!"}},
			}}}},
			"fault: 400 code=invalid_value param=messages: A document in 'messages' is not valid base64.",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			body, lost, err := EncodeChat(c.req, "m", DialectOpenAI)
			got := string(body)
			if err != nil {
				got = golden.Fault(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if wantLost := c.req.Prompt != nil; wantLost != (len(lost) == 1 && lost[0].Name == chat.ParamSuffix) {
				t.Errorf("lost %v", lost)
			}
		})
	}
}
