package ollama

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
)

// request is one of about 1 KB, as an application sends it.
func request() []byte {
	return fmt.Appendf(nil, `{"model":"llama3","stream":false,"messages":[{"role":"system","content":%q},{"role":"user","content":%q}],`+
		`"options":{"temperature":0.7,"num_predict":256}}`, strings.Repeat("Be kind. ", 40), strings.Repeat("What is this? ", 40))
}

func BenchmarkWhole(b *testing.B) {
	body := request()
	upstream := fmt.Appendf(nil, `{"model":"m","created_at":"2026-11-23T04:36:33.79Z","message":{"role":"assistant","content":%q},"done":true,`+
		`"done_reason":"stop","prompt_eval_count":6,"eval_count":14}`, strings.Repeat("word ", 100))
	b.ReportAllocs()
	for b.Loop() {
		req, err := NewChat().Decode(nil, body)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, _, err := EncodeChat(req, "m"); err != nil {
			b.Fatal(err)
		}
		a, err := NewDecoder(req).Whole(upstream)
		if err != nil {
			b.Fatal(err)
		}
		NewChat().Answer(req, a)
	}
}

func stream100() []byte {
	var b bytes.Buffer
	for range 100 {
		b.WriteString(`{"model":"tiny","created_at":"2026-11-23T04:36:33.747574624Z","message":{"role":"assistant","content":" word"},"done":false}` + "\n")
	}
	b.WriteString(`{"model":"tiny","created_at":"2026-11-23T04:36:33.75Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","eval_count":14}`)
	return b.Bytes()
}

func BenchmarkStream(b *testing.B) {
	upstream, req := stream100(), &chat.Request{Model: "llama3"}
	b.ReportAllocs()
	for b.Loop() {
		w := NewChat().Stream(nil, req, golden.NewOutput())
		if err := NewDecoder(req).Stream(bytes.NewReader(upstream), chat.NewSequence(w.Event).Event); err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkObserver(b *testing.B) {
	upstream := stream100()
	b.SetBytes(int64(len(upstream)))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = NewObserver().Write(upstream)
	}
}
