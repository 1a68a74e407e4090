package openai

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// benchRequest is a request of 1 KB with a tool.
var benchRequest = []byte(`{"model":"alias","stream":true,"temperature":0.2,"max_tokens":100,"messages":[{"role":"system","content":"You are helpful."},` +
	`{"role":"user","content":"` + strings.Repeat("word ", 120) + `"},{"role":"assistant","content":"Yes?"},{"role":"user","content":"Go on."}],` +
	`"tools":[{"type":"function","function":{"name":"get_weather","description":"The weather","parameters":{"type":"object","properties":` +
	`{"city":{"type":"string"}},"required":["city"]}}}]}`)

func benchStream() string {
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1694268190,\"model\":\"m\","+
			"\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word%d\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n", i)
	}
	b.WriteString(`data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":100}}`)
	return b.String() + "\n\ndata: [DONE]\n\n"
}

// null is an Output that goes nowhere.
type null struct{ *sse.Writer }

func (null) Write(p []byte) (int, error) { return len(p), nil }

func newNull() null { return null{sse.NewWriter(null{}, func() error { return nil })} }

func BenchmarkDecode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NewChat().Decode(call(protocol.Chat), benchRequest); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	req, err := NewChat().Decode(call(protocol.Chat), benchRequest)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := EncodeChat(req, "llama3", DialectCompatible); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAnswer(b *testing.B) {
	a := &chat.Answer{Choices: []chat.Choice{{Parts: []chat.Part{chat.Text(strings.Repeat("word ", 100))}}}}
	b.ReportAllocs()
	for b.Loop() {
		NewChat().Answer(&chat.Request{Model: "alias"}, a)
	}
}

// BenchmarkStreamWriter writes 100 chunks.
func BenchmarkStreamWriter(b *testing.B) {
	req, out := &chat.Request{Model: "alias"}, newNull()
	b.ReportAllocs()
	for b.Loop() {
		w := NewChat().Stream(nil, req, out)
		_ = w.Event(&chat.Event{Kind: chat.EventStart})
		for range 100 {
			_ = w.Event(&chat.Event{Kind: chat.EventText, Text: " word"})
		}
		_ = w.Close()
	}
}

// BenchmarkStreamDecoder reads 100 chunks.
func BenchmarkStreamDecoder(b *testing.B) {
	stream := benchStream()
	b.ReportAllocs()
	for b.Loop() {
		if err := NewDecoder().Stream(strings.NewReader(stream), func(*chat.Event) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
