package proxy

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

func TestPassed(t *testing.T) {
	lost := []chat.Param{
		{Name: "seed", As: "seed", Value: json.RawMessage("7")},
		{Name: "top_k", As: "generationConfig.topK", Value: json.RawMessage("3")},
		{Name: "tools[1]", As: "tools[1]"},
		{Name: "model", As: "model", Value: json.RawMessage(`"other"`)},
		{Name: "seed", As: "seed", Value: json.RawMessage("8")},
		{Name: "x\"y", As: "x\"y", Value: json.RawMessage(`{"a":1}`)},
	}
	for body, want := range map[string]string{
		`{"model":"m"} `: `{"model":"m","seed":7,"x\"y":{"a":1}}`,
		`{ }`:            `{ "seed":7,"model":"other","x\"y":{"a":1}}`,
	} {
		got, left := passed([][]byte{[]byte(body)}, lost)
		if diff := cmp.Diff(want, string(bytes.Join(got, nil))); diff != "" {
			t.Errorf("body: -want +got\n%s", diff)
		}
		for _, l := range left {
			if l.Name == "x\"y" {
				t.Error("what was sent is named as left out")
			}
		}
	}
	if got, left := passed([][]byte{[]byte("binary")}, lost); string(got[0]) != "binary" || len(left) != len(lost) {
		t.Errorf("a body that is no object: %s", got)
	}
}
