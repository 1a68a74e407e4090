package anthropic

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
)

// benchRequest is a request of about 1 KB, with a tool and a system prompt.
func benchRequest() []byte {
	return fmt.Appendf(nil, `{"model":"alias","max_tokens":1024,"temperature":0.2,"system":"You are a helpful assistant.","tools":[{"name":"get_weather","description":"The weather","input_schema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}],"messages":[{"role":"user","content":%q},{"role":"assistant","content":"Yes."},{"role":"user","content":[{"type":"text","text":"Go on."}]}]}`, strings.Repeat("lorem ipsum ", 50))
}

const benchAnswer = `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"It is sunny in Paris today, with a high of 24 degrees."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":25,"output_tokens":15}}`

// BenchmarkWhole is what a translation costs, without I/O: reading a client's request, writing the upstream's, and the answer back.
func BenchmarkWhole(b *testing.B) {
	body, m := benchRequest(), NewMessages()
	b.ReportAllocs()
	for b.Loop() {
		req, err := m.Decode(nil, body)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Encode(req, "claude-haiku-4-5"); err != nil {
			b.Fatal(err)
		}
		a, err := DecodeAnswer([]byte(benchAnswer))
		if err != nil {
			b.Fatal(err)
		}
		m.Answer(req, a)
	}
}

// BenchmarkDecode is reading the client's request alone.
func BenchmarkDecode(b *testing.B) {
	body, m := benchRequest(), NewMessages()
	for b.Loop() {
		if _, err := m.Decode(nil, body); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEncode is writing the upstream's request alone.
func BenchmarkEncode(b *testing.B) {
	req, err := NewMessages().Decode(nil, benchRequest())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Encode(req, "claude-haiku-4-5"); err != nil {
			b.Fatal(err)
		}
	}
}

func benchStream() string {
	var s strings.Builder
	s.WriteString("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\n")
	for range 100 {
		s.WriteString("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" hello world\"}}\n\n")
	}
	s.WriteString("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":15}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
	return s.String()
}

// BenchmarkStream is a stream of 100 chunks from an upstream to a client, without I/O.
func BenchmarkStream(b *testing.B) {
	upstream, m, req := benchStream(), NewMessages(), &chat.Request{Model: "alias"}
	b.ReportAllocs()
	for b.Loop() {
		out := golden.NewOutput()
		w := m.Stream(nil, req, out)
		seq := chat.NewSequence(w.Event)
		if err := DecodeStream(strings.NewReader(upstream), seq.Event); err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkObserver is the same stream passing untouched.
func BenchmarkObserver(b *testing.B) {
	upstream := []byte(benchStream())
	for b.Loop() {
		o := NewObserver(true)
		_, _ = o.Write(upstream)
		o.End()
	}
}
