package openai

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var usages = []string{
	`{"prompt_tokens":200,"completion_tokens":5,"total_tokens":205}`,
	`{"prompt_tokens": 7, "completion_tokens" : 3 ,"total_tokens":10,
	  "prompt_tokens_details":{"cached_tokens":2,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":1,"accepted_prediction_tokens":0}}`,
	`{"input_tokens":1,"output_tokens":2,"input_tokens_details":{"cached_tokens":1,"cache_write_tokens":3},"output_tokens_details":{"reasoning_tokens":2}}`,
	`{"prompt_tokens":1,"prompt_tokens":2}`, `{}`, `{"prompt_tokens":007}`, `{"prompt_tokens":1.5}`, `{"prompt_tokens":1e3}`, `{"prompt_tokens":-1}`,
	`{"prompt_tokens":"1"}`, `{"prompt_tokens":null}`, `{"prompt_tokens":1,}`, `{"prompt_tokens":1} x`, `{"prompt_tokens":1234567890123456789}`,
	`{"queue_time":0.1,"prompt_tokens":5}`, `{"Prompt_tokens":5}`, `{"prompt\u005ftokens":5}`, `[]`, ``, `{"prompt_tokens_details":null}`,
}

func same(t *testing.T, raw string) {
	t.Helper()
	got, ok := plainCounts([]byte(raw))
	if !ok {
		return
	}
	var want upstreamUsage
	if err := json.Unmarshal([]byte(raw), &want); err != nil {
		t.Fatalf("%s was read, and is none: %v", raw, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", raw, diff)
	}
}

// TestPlainCountsReadsWhatServersWrite, and leaves what else there may be to encoding/json.
func TestPlainCountsReadsWhatServersWrite(t *testing.T) {
	for i, raw := range usages {
		if _, ok := plainCounts([]byte(raw)); ok != (i < 5) {
			t.Errorf("%s: read %v", raw, ok)
		}
		same(t, raw)
	}
}

func FuzzPlainCounts(f *testing.F) {
	for _, raw := range usages {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) { same(t, raw) })
}
