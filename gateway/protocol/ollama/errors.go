package ollama

import (
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// Errors is how Ollama says that something went wrong: {"error":"text"}. An object in place of the text would be shown as
// "[object Object]" by ollama-js.
// Source: https://github.com/ollama/ollama/blob/main/docs/api/errors.mdx
type Errors struct{}

// Body is the body of an answer that is no success. Ollama's errors have no place for the id of the request.
func (Errors) Body(e *fault.Error, _ string) []byte {
	return append(jsonwrite.String([]byte(`{"error":`), e.Message), '}')
}

// Frame is the line that ends a stream which broke.
func (r Errors) Frame(e *fault.Error) []byte { return append(r.Body(e, ""), '\n') }
