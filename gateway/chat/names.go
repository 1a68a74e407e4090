package chat

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// longestName is the longest name of a tool that all upstreams take, in bytes.
// Source: https://platform.openai.com/docs/api-reference/chat/create#chat-create-tools
const longestName = 64

// PortableNames gives the tools, wherever the request names them, names that every upstream takes: up to 64 letters, digits, `-` and
// `_`. Claude Code makes longer ones of the tools of an MCP server, and Gemini's clients may write dots. It returns the client's names
// by the new ones, for ClientNames; nil where nothing had to change. The request must not have been shown to anybody yet.
func (r *Request) PortableNames() map[string]string {
	n := renaming{}
	for i := range r.Tools {
		if r.Tools[i].Type == TypeFunction {
			n.rename(&r.Tools[i].Name)
		}
	}
	if c := r.ToolChoice; c != nil {
		n.rename(&c.Name)
		for i := range c.Allowed {
			n.rename(&c.Allowed[i])
		}
	}
	for _, m := range r.Messages {
		for _, p := range m.Parts {
			switch {
			case p.ToolCall != nil:
				n.rename(&p.ToolCall.Name)
			case p.ToolResult != nil:
				n.rename(&p.ToolResult.Name)
			}
		}
	}
	return n.given
}

// ClientNames gives the calls of an answer the names back that the client knows.
func (a *Answer) ClientNames(given map[string]string) {
	for _, c := range a.Choices {
		for _, p := range c.Parts {
			if p.ToolCall == nil {
				continue
			}
			if name, ok := given[p.ToolCall.Name]; ok {
				p.ToolCall.Name = name
			}
		}
	}
}

// renaming collects the names that had to change.
type renaming struct{ given map[string]string }

func (n *renaming) rename(name *string) {
	if len(*name) <= longestName && !strings.ContainsFunc(*name, unusual) {
		return
	}
	if n.given == nil {
		n.given = map[string]string{}
	}
	portable := portableName(*name)
	n.given[portable] = *name
	*name = portable
}

func unusual(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
}

// portableName keeps the beginning of a name, from which a model learns something, and ends with a hash, which tells it from others:
// the same in every turn, because models see their earlier calls.
func portableName(name string) string {
	sum := sha256.Sum256([]byte(name))
	end := "_" + hex.EncodeToString(sum[:6])
	usual := strings.Map(func(r rune) rune {
		if unusual(r) {
			return '_'
		}
		return r
	}, name)
	return usual[:min(len(usual), longestName-len(end))] + end
}
