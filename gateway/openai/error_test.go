package openai

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestErrorJSON(t *testing.T) {
	cases := map[string]struct {
		err  *Error
		want string
	}{
		"Nulls":   {&Error{Message: "m", Type: TypeServer}, `{"error":{"message":"m","type":"server_error","param":null,"code":null}}`},
		"Full":    {&Error{Message: "a <b> & \"c\"\n", Type: "t", Param: "p", Code: "c"}, `{"error":{"message":"a <b> & \"c\"\n","type":"t","param":"p","code":"c"}}`},
		"BadUTF8": {&Error{Message: "a\xffb", Type: "t"}, `{"error":{"message":"a\ufffdb","type":"t","param":null,"code":null}}`},
		"NotFound": {
			ModelNotFound("lama", []string{"llama3", "llava"}),
			`{"error":{"message":"The model 'lama' does not exist or you do not have access to it. Did you mean 'llama3' or 'llava'?",` +
				`"type":"not_found_error","param":"model","code":"model_not_found"}}`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, string(c.err.JSON())); diff != "" {
				t.Errorf("JSON: -want +got\n%s", diff)
			}
		})
	}
}

func TestErrorConstructors(t *testing.T) {
	long := strings.Repeat("ü", 1000)
	cases := map[string]struct {
		err    *Error
		status int
	}{
		"Invalid":      {Invalid("c", "p", "%d", 1), http.StatusBadRequest},
		"Unsupported":  {Unsupported("p", "why"), http.StatusBadRequest},
		"NotFound":     {ModelNotFound(long, []string{long}), http.StatusNotFound},
		"NoKey":        {NoKey(), http.StatusUnauthorized},
		"BadKey":       {BadKey(), http.StatusUnauthorized},
		"BodyTooLarge": {BodyTooLarge(1), http.StatusRequestEntityTooLarge},
		"UnknownPath":  {UnknownPath("GET", "/"+long), http.StatusNotFound},
		"RateLimited":  {RateLimited(1, "why"), http.StatusTooManyRequests},
		"BadGateway":   {BadGateway("why"), http.StatusBadGateway},
		"Unavailable":  {Unavailable("why", 1), http.StatusServiceUnavailable},
		"Timeout":      {Timeout("why"), http.StatusGatewayTimeout},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if c.err.Status != c.status || c.err.Code == "" || c.err.Type == "" {
				t.Errorf("%#v, want status %d, a type and a code", c.err, c.status)
			}
			if len(c.err.Error()) > 400 || !json.Valid(c.err.JSON()) {
				t.Errorf("the message has %d bytes: %s", len(c.err.Error()), c.err.JSON())
			}
		})
	}
}
