package anthropic

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

const observedStream = "event: message_start\r\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"usage\":{\"input_tokens\":25,\"cache_read_input_tokens\":5,\"output_tokens\":1}}}\r\n\r\n" +
	"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"\\\"usage\\\":{\\\"input_tokens\\\":9}\"}}\n\n" +
	"event: ping\ndata: {\"type\": \"ping\"}\n\n" +
	"event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":15}}\n\n"

func TestObserver(t *testing.T) {
	known := chat.Usage{Known: true, InputTokens: 30, CachedInputTokens: 5, OutputTokens: 15}
	const stop, failed = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\"}}\n\n"
	huge := "data: {\"type\":\"content_block_start\",\"x\":\"" + strings.Repeat("x", 1<<20) + "\"}\n\n"
	for name, tc := range map[string]struct {
		stream                  bool
		answer                  string
		usage                   chat.Usage
		complete, ended, failed bool
	}{
		"Stream":            {stream: true, answer: observedStream + stop, usage: known, complete: true, ended: true},
		"NoMessageStop":     {stream: true, answer: observedStream, usage: known, complete: true},
		"CutBeforeTheEnd":   {stream: true, answer: observedStream[:strings.Index(observedStream, "event: message_delta")], usage: chat.Usage{Known: true, InputTokens: 30, CachedInputTokens: 5, OutputTokens: 1}},
		"Error":             {stream: true, answer: observedStream + failed, usage: known, failed: true},
		"NoLastBlankLine":   {stream: true, answer: observedStream + strings.TrimRight(stop, "\n"), usage: known, complete: true, ended: true},
		"HugeEvent":         {stream: true, answer: huge + observedStream + stop, usage: known, complete: true, ended: true},
		"Garbage":           {stream: true, answer: "data: <html>\n\ndata: [1]\n\n"},
		"Whole":             {answer: `{"id":"msg_1","content":[{"type":"tool_use","input":{"usage":{"input_tokens":1}}},{"type":"text","text":"\"usage\":{}"}],"usage":{"input_tokens":25,"cache_read_input_tokens":5,"output_tokens":15,"cache_creation":{"a":1}},"container":null}`, usage: known},
		"WholeUsageFirst":   {answer: `{"usage" : {"input_tokens":30,"output_tokens":15},"model":"usage","a":{"output_tokens":1}}`, usage: chat.Usage{Known: true, InputTokens: 30, OutputTokens: 15}},
		"WholeCut":          {answer: `{"usage":{"input_tokens":25,"outp`},
		"WholeHugeUsage":    {answer: `{"usage":{"input_tokens":25,"x":"` + strings.Repeat("x", maxUsageBytes) + `"}}`},
		"WholeError":        {answer: `{"type":"error","error":{"type":"api_error"}}`},
		"WholeIsNoDocument": {answer: `<html>`},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 7, len(tc.answer)} {
				o := NewObserver(tc.stream)
				for rest := tc.answer; rest != ""; {
					n := min(size, len(rest))
					if wrote, err := o.Write([]byte(rest[:n])); wrote != n || err != nil {
						t.Fatalf("Write = %d, %v", wrote, err)
					}
					rest = rest[n:]
				}
				o.End()
				if diff := cmp.Diff(tc.usage, o.Usage()); diff != "" {
					t.Errorf("in pieces of %d: usage: -want +got\n%s", size, diff)
				}
				if o.Complete() != tc.complete || o.Ended() != tc.ended || o.Failed() != tc.failed {
					t.Errorf("in pieces of %d: complete, ended, failed = %v, %v, %v", size, o.Complete(), o.Ended(), o.Failed())
				}
			}
		})
	}
}

// TestObserverMemory: whatever comes, little is kept.
func TestObserverMemory(t *testing.T) {
	for _, stream := range []bool{true, false} {
		o := NewObserver(stream)
		for range 1 << 10 {
			if _, err := o.Write([]byte(strings.Repeat(`{"key`, 1<<10))); err != nil {
				t.Fatal(err)
			}
		}
		if n := cap(o.body.Value()); n > 4*maxUsageBytes {
			t.Errorf("%d bytes are kept", n)
		}
	}
}
