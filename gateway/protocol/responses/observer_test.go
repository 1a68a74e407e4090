package responses

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

const (
	created   = "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"r\",\"usage\":null}}\n\n"
	textDelta = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"say \\\"type\\\":\\\"response.completed\\\"\"}\n\n"
	completed = "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"error\":null,\"output\":[{\"usage\":{\"input_tokens\":1}}]," +
		"\"usage\":{\"input_tokens\":36,\"input_tokens_details\":{\"cached_tokens\":4,\"cache_write_tokens\":2},\"output_tokens\":87," +
		"\"output_tokens_details\":{\"reasoning_tokens\":5},\"total_tokens\":123},\"user\":null},\"sequence_number\":9}\n\n"
)

// observed is all that an Observer reports.
type observed struct {
	Usage                   chat.Usage
	Complete, Ended, Failed bool
}

func TestObserver(t *testing.T) {
	usage := chat.Usage{Known: true, InputTokens: 36, CachedInputTokens: 4, CacheWriteTokens: 2, OutputTokens: 87, ReasoningTokens: 5}
	done := observed{Usage: usage, Complete: true, Ended: true}
	long := strings.Repeat("y", 3*maxKept)
	cases := map[string]struct {
		reason, answer string
		stream         bool
		want           observed
	}{
		"Completed":  {"", created + textDelta + completed, true, done},
		"CRLF":       {"", strings.ReplaceAll(created+textDelta+completed, "\n", "\r\n"), true, done},
		"CR":         {"", strings.ReplaceAll(created+textDelta+completed, "\n", "\r"), true, done},
		"NoLastLine": {"servers exist that send none", strings.TrimRight(created+completed, "\n"), true, done},
		"TypeLast": {
			"the order of members is the server's affair",
			"data: {\"response\": {\"usage\" : {\"input_tokens\": 3 , \"output_tokens\": 4}}, \"type\" : \"response.incomplete\" }\n\n", true,
			observed{Usage: chat.Usage{Known: true, InputTokens: 3, OutputTokens: 4}, Complete: true, Ended: true},
		},
		"TwoDataLines": {"they are one event", "data: {\"type\":\ndata: \"response.completed\"}\n\n", true, observed{Complete: true, Ended: true}},
		"DoneAfter":    {"vLLM sends it", created + completed + "data: [DONE]\n\n", true, done},
		"LongAnswer": {
			"the last event holds all of the answer",
			strings.ReplaceAll(completed, `"id":"r"`, `"id":"`+long+`"`), true, done,
		},
		"LongUsage": {"it is given up", strings.ReplaceAll(completed, `"input_tokens":36`, `"x":"`+long+`"`), true, observed{Complete: true, Ended: true}},
		"Cut":       {"the client has to be told", created + textDelta, true, observed{}},
		"CutInLast": {"the client does not have it whole", created + strings.TrimRight(completed, "}\n") + "\n\n", true, observed{}},
		"FailedResponse": {"", created + strings.ReplaceAll(completed, "response.completed", "response.failed"), true, observed{
			Usage: usage, Ended: true, Failed: true,
		}},
		"Error":         {"", created + "event: error\ndata: {\"type\":\"error\",\"message\":\"no\"}\n\n", true, observed{Ended: true, Failed: true}},
		"Comments":      {"", ": ping\n\n" + created + ": data: {\"type\":\"error\"}\n\n" + completed, true, done},
		"Garbage":       {"", "data: }}}]]\"\\\n\ndata: [[[[\n\n:\n\n" + completed, true, done},
		"NegativeUsage": {"", `{"usage":{"input_tokens":-1}}`, false, observed{}},
		"Body":          {"", `{"id":"r","output":[{"usage":{"input_tokens":1}}],"response":{"usage":{"input_tokens":2}},"usage":{"input_tokens":36,"output_tokens":87},"z":"}"}`, false, observed{Usage: chat.Usage{Known: true, InputTokens: 36, OutputTokens: 87}}},
		"BodyNull":      {"", `{"usage":null}`, false, observed{}},
		"BodyCut":       {"", `{"usage":{"input_tokens":36`, false, observed{}},
		"BodyList":      {"", `["usage",{"usage":{"input_tokens":36}}]`, false, observed{}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{len(c.answer), 1, 7} {
				o := NewObserver(c.stream)
				for rest := []byte(c.answer); len(rest) > 0; {
					n := min(size, len(rest))
					if _, err := o.Write(rest[:n]); err != nil {
						t.Fatalf("Write: %v", err)
					}
					rest = rest[n:]
				}
				o.End()
				if diff := cmp.Diff(c.want, observed{o.Usage(), o.Complete(), o.Ended(), o.Failed()}); diff != "" {
					t.Errorf("pieces of %d, %s: -want +got\n%s", size, c.reason, diff)
				}
			}
		})
	}
}
