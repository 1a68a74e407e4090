package ollama

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// seen is all that an Observer reports.
type seen struct {
	Usage                   chat.Usage
	Complete, Ended, Failed bool
}

// observed feeds an answer in pieces of at most size bytes and overwrites each piece afterwards, so that bytes which were kept
// without being copied show.
func observed(answer string, size int) seen {
	o := NewObserver()
	for rest := answer; rest != ""; {
		piece := []byte(rest[:min(size, len(rest))])
		rest = rest[len(piece):]
		_, _ = o.Write(piece)
		clear(piece)
	}
	o.End()
	return seen{o.Usage(), o.Complete(), o.Ended(), o.Failed()}
}

func TestObserver(t *testing.T) {
	cost := chat.Usage{Known: true, InputTokens: 6, OutputTokens: 14}
	chatStream := string(section(t, "upstream/ChatStream", "upstream stream"))
	context := strings.Repeat("12345,", 100_000) + "1"
	cases := map[string]struct {
		reason, answer string
		want           seen
	}{
		"Chat":     {answer: chatStream, want: seen{cost, true, true, false}},
		"Generate": {answer: string(section(t, "upstream/CompletionStream", "upstream stream")), want: seen{cost, true, true, false}},
		"Cut":      {answer: chatStream[:strings.LastIndex(chatStream, "\n")], want: seen{}},
		"CutInLastLine": {
			reason: "its counts may be missing: it has not ended",
			answer: chatStream[:strings.LastIndex(chatStream, `,"eval_count"`)], want: seen{Usage: chat.Usage{Known: true, InputTokens: 6}},
		},
		"Failed": {answer: `{"message":{"content":"x"},"done":false}` + "\n" + `{"error":"boom"}` + "\n", want: seen{Failed: true}},
		"LongLine": {
			reason: "the tokens of a conversation are in the last line, before the counts",
			answer: `{"response":"","done":true,"context":[` + context + `],"prompt_eval_count":6,"eval_count":14}` + "\n",
			want:   seen{cost, true, true, false},
		},
		"NestedIsNone": {answer: `{"x":{"done":true,"error":"x","eval_count":3},"y":["done",true],"done":false}`, want: seen{}},
		"TextIsNone":   {answer: `{"message":{"content":"{\"done\":true,\"eval_count\":3}"},"z":"\",\"done\":true","done":false}`, want: seen{}},
		"Spaces":       {answer: "{ \"done\" : true ,\r\n \"eval_count\" : 14 , \"prompt_eval_count\" :6 }", want: seen{cost, true, true, false}},
		"NullError":    {answer: `{"error":null,"done":true}`, want: seen{chat.Usage{}, true, true, false}},
		"Embed":        {answer: `{"model":"m","embeddings":[[0.5,1],[2,3]],"prompt_eval_count":6}`, want: seen{Usage: chat.Usage{Known: true, InputTokens: 6}}},
		"Negative":     {answer: `{"eval_count":-6,"prompt_eval_count":1.5,"done":"true"}`, want: seen{}},
		"Nothing":      {},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 2, 7, 4096, 1 << 20} {
				if diff := cmp.Diff(c.want, observed(c.answer, size)); diff != "" {
					t.Fatalf("%s: in pieces of %d: -want +got\n%s", c.reason, size, diff)
				}
			}
		})
	}
}

// FuzzObserver checks that neither the content nor the places where it is cut can do harm, that the cuts do not matter, and that
// little is kept.
func FuzzObserver(f *testing.F) {
	f.Add(string(section(f, "upstream/ChatStream", "upstream stream")), uint8(7))
	f.Add(`{"done" :true,"x":[{"\\\"":1}],"error":null}`, uint8(2))
	f.Fuzz(func(t *testing.T, answer string, size uint8) {
		if diff := cmp.Diff(observed(answer, len(answer)+1), observed(answer, 1+int(size))); diff != "" {
			t.Errorf("in one piece and in pieces of %d: -whole +pieces\n%s", 1+int(size), diff)
		}
		o := NewObserver()
		_, _ = o.Write([]byte(answer))
		if len(o.members.name) > maxScalar || len(o.members.value) > maxScalar {
			t.Errorf("%d and %d bytes are kept", len(o.members.name), len(o.members.value))
		}
	})
}
