package gemini

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// observed is what an Observer tells.
type observed struct {
	Usage                   chat.Usage
	Complete, Ended, Failed bool
}

// observe shows text to an Observer in pieces of size bytes.
func observe(text string, size int) observed {
	o := NewObserver()
	for len(text) > 0 {
		n := min(size, len(text))
		_, _ = o.Write([]byte(text[:n]))
		text = text[n:]
	}
	o.End()
	return observed{o.Usage(), o.Complete(), o.Ended(), o.Failed()}
}

func TestObserver(t *testing.T) {
	usage := chat.Usage{Known: true, InputTokens: 8, OutputTokens: 5, ReasoningTokens: 2}
	const counts = `"usageMetadata":{"promptTokenCount":8,"candidatesTokenCount":3,"thoughtsTokenCount":2,"totalTokenCount":13,"promptTokensDetails":[{"modality":"TEXT","tokenCount":8}]}`
	const first = `{"candidates":[{"content":{"parts":[{"text":"\"finishReason\":\"STOP\" }]}"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":8}}`
	const last = `{"candidates":[{"content":{"parts":[{"text":""}]},"finishReason":"STOP","index":0}],` + counts + `}`
	cases := map[string]struct {
		reason, text string
		want         observed
	}{
		"Stream":      {"the last word counts", "data: " + first + "\r\n\r\ndata: " + last + "\r\n\r\n", observed{usage, true, true, false}},
		"StreamCut":   {"no reason, no end", "data: " + first + "\n\n", observed{chat.Usage{Known: true, InputTokens: 8}, false, false, false}},
		"StreamInCut": {"half a usage is none, and half an event no end", "data: " + first + "\n\ndata: " + last[:len(last)-20], observed{chat.Usage{Known: true, InputTokens: 8}, false, false, false}},
		"StreamError": {"an error is no end", "data: " + first + "\n\ndata: {\"error\":{\"code\":503}}\n\n", observed{chat.Usage{Known: true, InputTokens: 8}, false, false, true}},
		"NullError":   {"null is nothing", "data: {\"error\":null," + last[1:] + "\n\n", observed{usage, true, true, false}},
		"Array":       {"a stream without alt=sse", "[" + first + "\n,\r\n" + last + "\n]", observed{usage, true, true, false}},
		"ArrayOpen":   {"the array is not closed", "[" + first + "\n,\r\n" + last, observed{usage, false, false, false}},
		"Whole":       {"one answer", last, observed{usage, true, true, false}},
		"Blocked":     {"a blocked prompt has no candidates", `{"promptFeedback":{"blockReason":"SAFETY"},` + counts + "}", observed{usage, true, true, false}},
		"TwoCandidates": {
			"each has to end", "data: {\"candidates\":[{\"finishReason\":\"STOP\"},{\"content\":{},\"index\":1}]}\n\n", observed{},
		},
		"IndexFirst": {
			"in any order", "data: {\"candidates\":[{\"index\":1,\"finishReason\":\"STOP\"},{\"finishReason\":\"MAX_TOKENS\",\"index\":0}]}\n\n",
			observed{chat.Usage{}, true, true, false},
		},
		"Arguments": {
			"members of arguments are the client's", `{"candidates":[{"content":{"parts":[{"functionCall":{"args":{"finishReason":"STOP","usageMetadata":{"promptTokenCount":1},"error":{"x":1}}}}]}}]}`,
			observed{},
		},
		"LongUsage": {"a bound", `{"usageMetadata":{"x":"` + strings.Repeat("x", maxUsage) + `"}}`, observed{}},
		"Garbage":   {"nothing is reported", "}}]]\"{{[:,", observed{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 2, 3, 7, 64, len(tc.text)} {
				if diff := cmp.Diff(tc.want, observe(tc.text, size)); diff != "" {
					t.Errorf("%s, in pieces of %d: -want +got\n%s", tc.reason, size, diff)
				}
			}
		})
	}
}
