package openai

import (
	"bytes"

	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/openai"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

var _ provider.Editor = Provider{}

// Edits replaces the role `developer` by `system` for servers that are not OpenAI's: few of them know it, and Open WebUI sends it for
// every model whose name looks like one of OpenAI's newer ones, whatever is behind that name.
func (p Provider) Edits(call *protocol.Call, body []byte) []provider.Edit {
	role := []byte(`"developer"`)
	if p.dialect != openai.DialectCompatible || call.Operation != protocol.Chat || !bytes.Contains(body, role) {
		return nil
	}
	var edits []provider.Edit
	for _, s := range jsonscan.Find(body, "messages", "role") {
		if bytes.Equal(body[s.Start:s.End], role) {
			edits = append(edits, provider.Edit{Start: s.Start, End: s.End, New: []byte(`"system"`)})
		}
	}
	return edits
}
