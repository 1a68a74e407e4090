package responses

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// memory is what the answer to a request needs to know of it.
type memory struct {
	names names
	// echo are the members of a Response object that repeat the request, and brief is the same with defaults in place of what is
	// long, for the events that begin a stream.
	echo, brief []byte
}

// Bounds of what the first events of a stream repeat, in bytes: an agent declares 100 KB of tools, which the last event repeats
// soon enough, and no line of a stream should be longer than clients read.
const (
	maxBrief       = 16 << 10
	maxBriefMember = 1 << 10
)

// echoes are the members of a Response object that repeat the request, with what stands there where the request says nothing.
// Source: https://platform.openai.com/docs/api-reference/responses/object
var echoes = [...]struct{ name, otherwise string }{
	{"instructions", "null"},
	{"max_output_tokens", "null"},
	{"max_tool_calls", "null"},
	{"metadata", "{}"},
	{"parallel_tool_calls", "true"},
	{"prompt_cache_key", "null"},
	{"prompt_cache_retention", "null"},
	{"reasoning", `{"effort":null,"summary":null}`},
	{"safety_identifier", "null"},
	{"temperature", "1"},
	{"text", `{"format":{"type":"text"}}`},
	{"tool_choice", `"auto"`},
	{"tools", "[]"},
	{"top_logprobs", "0"},
	{"top_p", "1"},
	{"truncation", `"disabled"`},
	{"user", "null"},
}

// remember keeps the members that answers repeat; peek is nil where there are none.
func (m *memory) remember(peek func(name string) json.RawMessage) {
	for _, e := range echoes {
		value := json.RawMessage(nil)
		if peek != nil {
			value = peek(e.name)
		}
		if value == nil {
			value = json.RawMessage(e.otherwise)
		}
		m.echo = jsonwrite.Member(m.echo, e.name, value)
		if len(value) > maxBriefMember {
			value = json.RawMessage(e.otherwise)
		}
		m.brief = jsonwrite.Member(m.brief, e.name, value)
	}
	if len(m.echo) <= maxBrief {
		m.brief = m.echo
	}
}
