package anthropic

import (
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/fault"

	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

func TestModels(t *testing.T) {
	created := time.Date(2025, 9, 29, 2, 0, 0, 0, time.FixedZone("", 2*3600))
	a, b := protocol.Model{Name: "claude", Created: created}, protocol.Model{Name: "llama3.2:3b"}
	const (
		jsonA = `{"type":"model","id":"claude","display_name":"claude","created_at":"2025-09-29T00:00:00Z"}`
		jsonB = `{"type":"model","id":"llama3.2:3b","display_name":"llama3.2:3b","created_at":"1970-01-01T00:00:00Z"}`
	)
	for name, tc := range map[string]struct{ got, want string }{
		"List":  {string(Models([]protocol.Model{a, b})), `{"data":[` + jsonA + `,` + jsonB + `],"has_more":false,"first_id":"claude","last_id":"llama3.2:3b"}`},
		"Empty": {string(Models(nil)), `{"data":[],"has_more":false,"first_id":null,"last_id":null}`},
		"One":   {string(Model(b)), jsonB},
		"Count": {string(CountTokens{}.Answer(7)), `{"input_tokens":7}`},
	} {
		if tc.got != tc.want {
			t.Errorf("%s = %s, want %s", name, tc.got, tc.want)
		}
	}
}

// TestErrorTypes: the type of an error by its status, as Anthropic's documentation has it.
func TestErrorTypes(t *testing.T) {
	for status, want := range map[int]string{
		400: errInvalidRequest, 401: errAuthentication, 402: errBilling, 403: errPermission, 404: errNotFound, 405: errInvalidRequest,
		408: errTimeout, 409: errConflict, 413: errTooLarge, 422: errInvalidRequest, 429: errRateLimit, 500: errAPI, 502: errAPI,
		503: errOverloaded, 504: errTimeout, 529: errOverloaded,
	} {
		if got := errorType(&fault.Error{Status: status}); got != want {
			t.Errorf("errorType(%d) = %s, want %s", status, got, want)
		}
	}
	if got := errorType(&fault.Error{Status: 429, Code: fault.CodeQuota}); got != errBilling {
		t.Errorf("errorType of a quota that is used up = %s, want %s", got, errBilling)
	}
}

// TestFamilies: the names of all models since Claude 3, on all platforms, find the family that they belong to.
func TestFamilies(t *testing.T) {
	for model, want := range map[string]string{
		"claude-sonnet-5-5": "claude-sonnet-5-5", "claude-haiku-5-5": "claude-haiku-5-5", "claude-opus-5": "claude-opus-5",
		"claude-fable-5": "claude-fable-5", "claude-mythos-preview": "claude-mythos", "claude-mythos-5-1": "claude-mythos-5-1",
		"us.anthropic.claude-opus-4-8-v1:0": "claude-opus-4-8", "claude-sonnet-4-6@default": "claude-sonnet-4-6",
		"claude-opus-4-20250514": "claude-opus-4", "claude-opus-4-1-20250805": "claude-opus-4-1",
		"claude-sonnet-4-20250514": "claude-sonnet-4", "claude-sonnet-4-5-20250929": "claude-sonnet-4-5",
		"claude-3-7-sonnet-latest": "claude-3-7", "claude-3-5-haiku-20241022": "claude-3-5", "claude-3-haiku-20240307": "claude-3",
		"claude-sonnet-7": "claude-", "llama3": "",
	} {
		f := familyOf(model)
		if f.name != want {
			t.Errorf("familyOf(%s) = %q, want %q", model, f.name, want)
		}
		if f.maxTokens < 4096 || f.effort("max") == "minimal" || (f.thinking == modeAdaptive) != (f.most != "") {
			t.Errorf("familyOf(%s) = %+v makes no sense", model, f)
		}
	}
}

// TestEfforts: an effort that a model does not have becomes the next lower one.
func TestEfforts(t *testing.T) {
	for _, tc := range []struct{ model, asked, want string }{
		{"claude-opus-4-8", "minimal", "low"},
		{"claude-opus-4-8", "xhigh", "xhigh"},
		{"claude-opus-4-8", "max", "max"},
		{"claude-opus-4-6", "xhigh", "high"},
		{"claude-sonnet-4-6", "max", "high"},
		{"claude-sonnet-4-6", "medium", "medium"},
	} {
		if got := familyOf(tc.model).effort(tc.asked); got != tc.want {
			t.Errorf("effort(%s) of %s = %s, want %s", tc.asked, tc.model, got, tc.want)
		}
	}
	for tokens, want := range map[int64]string{1024: "low", 2048: "low", 8000: "medium", 24576: "high", 60000: "max"} {
		if got := effortFor(tokens); got != want {
			t.Errorf("effortFor(%d) = %s, want %s", tokens, got, want)
		}
	}
}
