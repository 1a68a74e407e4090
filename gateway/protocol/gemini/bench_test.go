package gemini

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
)

// kilobyte is a request of about 1 KB.
func kilobyte() []byte {
	return fmt.Appendf(nil, `{"systemInstruction":{"parts":[{"text":"You are terse."}]},"contents":[`+
		`{"role":"user","parts":[{"text":%q}]},{"role":"model","parts":[{"text":"Yes."}]},{"role":"user","parts":[{"text":"Go on."}]}],`+
		`"tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{"type":"object","properties":{"a":{"type":"string"}}}}]}],`+
		`"generationConfig":{"temperature":0.5,"maxOutputTokens":100}}`, strings.Repeat("word ", 120))
}

const answerText = `{"candidates":[{"content":{"parts":[{"text":"Hello there, this is an answer of some length."}],"role":"model"},"finishReason":"STOP","index":0}],` +
	`"usageMetadata":{"promptTokenCount":8,"candidatesTokenCount":3,"totalTokenCount":11},"modelVersion":"gemini-2.5-flash","responseId":"abc"}`

// BenchmarkClient is a request of a client and its answer.
func BenchmarkClient(b *testing.B) {
	body, call := kilobyte(), newCall(protocol.Chat, ":generateContent")
	a, err := newTestDecoder().Whole([]byte(answerText))
	if err != nil {
		b.Fatalf("Whole: %v", err)
	}
	b.ReportAllocs()
	for b.Loop() {
		req, err := Generate{}.Decode(call, body)
		if err != nil {
			b.Fatalf("Decode: %v", err)
		}
		Generate{}.Answer(req, a)
	}
}

// BenchmarkUpstream is a request to Google and its answer.
func BenchmarkUpstream(b *testing.B) {
	req, err := Generate{}.Decode(newCall(protocol.Chat, ":generateContent"), kilobyte())
	if err != nil {
		b.Fatalf("Decode: %v", err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := EncodeChat(req, "gemini-2.5-flash", GoogleAI); err != nil {
			b.Fatalf("EncodeChat: %v", err)
		}
		if _, err := newTestDecoder().Whole([]byte(answerText)); err != nil {
			b.Fatalf("Whole: %v", err)
		}
	}
}

// hundred is a stream of 100 chunks.
func hundred() []byte {
	chunk := `data: {"candidates":[{"content":{"parts":[{"text":"some words "}],"role":"model"},"index":0}],` +
		`"usageMetadata":{"promptTokenCount":8,"candidatesTokenCount":3,"totalTokenCount":11},"modelVersion":"gemini-2.5-flash","responseId":"abc"}` + "\n\n"
	return []byte(strings.Repeat(chunk, 99) + "data: " + answerText + "\n\n")
}

// BenchmarkStreamUpstream reads a stream of 100 chunks of Google's.
func BenchmarkStreamUpstream(b *testing.B) {
	stream := hundred()
	b.ReportAllocs()
	for b.Loop() {
		if err := newTestDecoder().Stream(bytes.NewReader(stream), func(*chat.Event) error { return nil }); err != nil {
			b.Fatalf("Stream: %v", err)
		}
	}
}

// BenchmarkStreamClient writes a stream of 100 chunks to a client.
func BenchmarkStreamClient(b *testing.B) {
	call := newCall(protocol.Chat, ":streamGenerateContent")
	out, e := golden.NewOutput(), &chat.Event{Kind: chat.EventText, Text: "some words "}
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		w := Generate{}.Stream(call, &chat.Request{Model: alias}, out)
		for range 100 {
			if err := w.Event(e); err != nil {
				b.Fatalf("Event: %v", err)
			}
		}
	}
}

// BenchmarkObserver reads along with a stream of 100 chunks.
func BenchmarkObserver(b *testing.B) {
	stream := hundred()
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	for b.Loop() {
		o := NewObserver()
		_, _ = o.Write(stream)
		if !o.Usage().Known {
			b.Fatal("no usage")
		}
	}
}
