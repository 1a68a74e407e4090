package anthropic

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// outputFormat is the form that the answer must have.
type outputFormat struct {
	Type   string          `json:"type"`
	Schema json.RawMessage `json:"schema"`
}

// Names under which parts of a format are lost.
const (
	lostFormat = "response_format"
	lostSchema = "response_format.json_schema.schema"
)

// format writes the form of the answer. There is none without a schema, and none on models before Claude 4.1: it is named then, and
// not imitated by a tool that the model has to call, which would change what a client with tools of its own gets. The model is
// always held to the schema, so that `strict` is granted whatever it says.
// Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs
func (e *encoder) format() error {
	f := e.req.Format
	if f == nil {
		return nil
	}
	if f.Kind != chat.FormatJSONSchema || !e.family.format {
		e.ledger.Lose(lostFormat)
		return nil
	}
	schema, lost, err := restrict(f.Schema)
	if err != nil {
		return err
	}
	if lost {
		e.ledger.Lose(lostSchema)
	}
	e.config().Format = &outputFormat{Type: "json_schema", Schema: schema}
	return nil
}
