package responses

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// nowhere is an Output that keeps nothing.
type nowhere struct{}

func (nowhere) Raw([]byte) error           { return nil }
func (nowhere) Event(string, []byte) error { return nil }

func benchBody() []byte {
	return fmt.Appendf(nil, `{"model":"chat","stream":true,"instructions":"You are brief.","temperature":0.5,"max_output_tokens":100,"input":[{"role":"user","content":[{"type":"input_text","text":%q}]}]}`, strings.Repeat("word ", 180))
}

// BenchmarkWhole is a request of 1 KB and its answer.
func BenchmarkWhole(b *testing.B) {
	body, c := benchBody(), New()
	answer := &chat.Answer{
		Choices: []chat.Choice{{Parts: []chat.Part{chat.Text(strings.Repeat("word ", 100))}, Finish: chat.Finish{Reason: chat.FinishStop}}},
		Usage:   chat.Usage{Known: true, InputTokens: 200, OutputTokens: 100},
	}
	b.ReportAllocs()
	for b.Loop() {
		req, err := c.Decode(&protocol.Call{}, body)
		if err != nil {
			b.Fatal(err)
		}
		c.Answer(req, answer)
	}
}

// BenchmarkStream is a stream of 100 pieces of text.
func BenchmarkStream(b *testing.B) {
	c := New()
	req, err := c.Decode(&protocol.Call{}, benchBody())
	if err != nil {
		b.Fatal(err)
	}
	text := chat.Event{Kind: chat.EventText, Text: "word "}
	b.ReportAllocs()
	for b.Loop() {
		w := c.Stream(&protocol.Call{}, req, nowhere{})
		s := chat.NewSequence(w.Event)
		for range 100 {
			_ = s.Event(&text)
		}
		_ = s.Event(&finish)
		_ = w.Close()
	}
}

// BenchmarkObserver is a stream of 100 pieces of text that passes.
func BenchmarkObserver(b *testing.B) {
	piece, last := []byte(textDelta), []byte(completed)
	b.ReportAllocs()
	for b.Loop() {
		o := NewObserver(true)
		for range 100 {
			_, _ = o.Write(piece)
		}
		_, _ = o.Write(last)
		o.End()
	}
}
