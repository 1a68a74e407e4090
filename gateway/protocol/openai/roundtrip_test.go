package openai

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
)

// TestRoundTrip sends requests to an upstream of this protocol and reads them again as if they came from a client: nothing that
// this protocol has may change on the way.
func TestRoundTrip(t *testing.T) {
	golden.Run(t, "testdata/requests/Chat*.txtar", func(t *testing.T, c *golden.Case) {
		first, err := Chat{}.Decode(call(protocol.Chat), []byte(c.Section("request")))
		if err != nil {
			t.Fatalf("Decode: %v", err)
		}
		withoutFiles(first)
		body, _, err := EncodeChat(first, first.Model, DialectOpenAI)
		if err != nil {
			t.Fatalf("EncodeChat: %v", err)
		}
		second, err := Chat{}.Decode(call(protocol.Chat), body)
		if err != nil {
			t.Fatalf("Decode of what was encoded: %v\n%s", err, body)
		}
		if diff := cmp.Diff(lines(first), lines(second)); diff != "" {
			t.Errorf("-first +second\n%s", diff)
		}
	})
}

// withoutFiles takes out what only the provider has that it was given to, and what OpenAI takes from nobody.
func withoutFiles(req *chat.Request) {
	for i := range req.Messages {
		var kept []chat.Part
		for _, p := range req.Messages[i].Parts {
			if p.Media == nil || p.Media.FileID == "" && p.Media.Kind != chat.MediaVideo {
				kept = append(kept, p)
			}
		}
		req.Messages[i].Parts = kept
	}
}

// line is a message of a conversation as far as it has to survive: who said what. Texts may be joined.
type line struct {
	Role  chat.Role
	Name  string
	Text  string
	Media []chat.Media
	Calls []chat.ToolCall
}

func lines(req *chat.Request) []line {
	list := make([]line, 0, len(req.Messages))
	for _, m := range req.Messages {
		l := line{Role: m.Role, Name: m.Name}
		for _, p := range m.Parts {
			switch p.Kind {
			case chat.KindText:
				l.Text += p.Text + "\n"
			case chat.KindMedia:
				l.Media = append(l.Media, *p.Media)
			case chat.KindToolCall:
				l.Calls = append(l.Calls, *p.ToolCall)
			case chat.KindToolResult:
				l.Name, l.Text = p.ToolResult.ID+" of "+p.ToolResult.Name, chat.Joined(p.ToolResult.Parts, "\n")
			}
		}
		list = append(list, l)
	}
	return list
}
