package openai

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
)

// asFault is what the proxy makes of an error.
func asFault(err error) *fault.Error {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e
	}
	return fault.BadGateway("The upstream's answer broke off.")
}

// neutral shows what was decoded, without the fields of Go that are empty, or the error.
func neutral(t *testing.T, v any, err error) string {
	t.Helper()
	if err != nil {
		return golden.Fault(err)
	}
	var doc any
	if err := json.Unmarshal([]byte(golden.JSON(v)), &doc); err != nil {
		t.Fatalf("reading back: %v", err)
	}
	return golden.JSON(pruned(doc))
}

// pruned leaves out the fields of Go that are empty, which begin with a capital; what a client wrote stays as it is.
func pruned(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = pruned(member)
			if unicode.IsUpper(rune(name[0])) && empty(v[name]) && (name != "Value" || v[name] == "") {
				delete(v, name)
			}
		}
	case []any:
		for i := range v {
			v[i] = pruned(v[i])
		}
	}
	return v
}

func empty(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return len(v) == 0
	case nil:
		return true
	}
	return v == "" || v == false || v == 0.0 || v == "0001-01-01T00:00:00Z"
}
