package openai_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/openai"
	"github.com/fairlead-dev/fairlead/gateway/provider/legacy"
	sut "github.com/fairlead-dev/fairlead/gateway/provider/legacy/openai"
)

var _ provider.Provider = sut.Provider{}

func TestEncode(t *testing.T) {
	cases := map[string]struct {
		reason           string
		op               openai.Operation
		body, model      string
		wantPath, wantTo string
		wantStream       bool
	}{
		"OnlyModelChanges": {
			reason: "unknown fields, order and space survive byte for byte, and no stream_options is added",
			op:     openai.ChatCompletions,
			body:   "{ \"x\" : [ 1.0 ,2e1],\n\"model\" :\"llama3\" , \"messages\":[{\"role\":\"user\",\"content\":\"\\u00e9\"}],\"stream\":true}",
			model:  "gpt-5", wantPath: "/chat/completions", wantStream: true,
			wantTo: "{ \"x\" : [ 1.0 ,2e1],\n\"model\" :\"gpt-5\" , \"messages\":[{\"role\":\"user\",\"content\":\"\\u00e9\"}],\"stream\":true}",
		},
		"ModelIsEscaped": {
			op: openai.Embeddings, body: `{"model":"a","input":"x"}`, model: "we\"ird\\\n/ü",
			wantPath: "/embeddings", wantTo: `{"model":"we\"ird\\\n/ü","input":"x"}`,
		},
		"SameName": {
			op: openai.Completions, body: `{"prompt":"x","model":"\u0061"}`, model: "a",
			wantPath: "/completions", wantTo: `{"prompt":"x","model":"\u0061"}`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			req, err := openai.Scan(c.op, []byte(c.body))
			if err != nil {
				t.Fatalf("Scan: %v", err)
			}
			out, err := sut.New().Encode(req, c.model)
			if err != nil {
				t.Fatalf("Encode: %v", err)
			}
			if diff := cmp.Diff(c.wantTo, string(bytes.Join(out.Body, nil))); diff != "" {
				t.Errorf("%s: body: -want +got\n%s", c.reason, diff)
			}
			if out.Path != c.wantPath || out.Stream != c.wantStream {
				t.Errorf("Encode: path %q, stream %v, want %q, %v", out.Path, out.Stream, c.wantPath, c.wantStream)
			}
			if d := sut.New().Decoder(req); d != nil {
				t.Errorf("Decoder: %v, want nil so that the answer is passed on untouched", d)
			}
		})
	}
}
