package openaierror

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

func TestBody(t *testing.T) {
	cases := map[string]struct {
		err  *fault.Error
		want string
	}{
		"Nulls":   {&fault.Error{Status: 500, Message: "m"}, `{"error":{"message":"m","type":"server_error","param":null,"code":null}}`},
		"Full":    {fault.Invalid("c", "p", "%s", "a <b> & \"c\"\n"), `{"error":{"message":"a <b> & \"c\"\n","type":"invalid_request_error","param":"p","code":"c"}}`},
		"BadUTF8": {&fault.Error{Status: 502, Message: "a\xffb"}, `{"error":{"message":"a\ufffdb","type":"server_error","param":null,"code":null}}`},
		"NotFound": {
			fault.ModelNotFound("lama", []string{"llama3", "llava"}),
			`{"error":{"message":"The model 'lama' does not exist or you do not have access to it. Did you mean 'llama3' or 'llava'?",` +
				`"type":"not_found_error","param":"model","code":"model_not_found"}}`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, string(Body(c.err))); diff != "" {
				t.Errorf("Body: -want +got\n%s", diff)
			}
		})
	}
}

func TestType(t *testing.T) {
	long := strings.Repeat("ü", 1000)
	cases := map[string]struct {
		err  *fault.Error
		want string
	}{
		"Invalid":      {fault.Invalid("c", "p", "%d", 1), TypeInvalidRequest},
		"Unsupported":  {fault.Unsupported("p", "why"), TypeInvalidRequest},
		"NotFound":     {fault.ModelNotFound(long, []string{long}), TypeNotFound},
		"NoKey":        {fault.NoKey(), TypeAuthentication},
		"BadKey":       {fault.BadKey(), TypeAuthentication},
		"Forbidden":    {&fault.Error{Status: 403}, TypePermission},
		"BodyTooLarge": {fault.BodyTooLarge(1), TypeInvalidRequest},
		"UnknownPath":  {fault.UnknownPath("GET", "/"+long), TypeInvalidRequest},
		"RateLimited":  {fault.RateLimited(1, "why"), TypeRateLimit},
		"Quota":        {&fault.Error{Status: 429, Code: fault.CodeQuota}, TypeQuota},
		"BadGateway":   {fault.BadGateway("why"), TypeServer},
		"Unavailable":  {fault.Unavailable("why", 1), TypeServer},
		"Timeout":      {fault.Timeout("why"), TypeServer},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := Type(c.err); got != c.want {
				t.Errorf("Type() = %q, want %q", got, c.want)
			}
			if !json.Valid(Body(c.err)) {
				t.Errorf("not JSON: %s", Body(c.err))
			}
		})
	}
}
