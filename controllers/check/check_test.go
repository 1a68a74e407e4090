package check_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairlead-dev/fairlead/controllers/check"
)

const key = "sk-canary-key"

// installation answers as an operator and as a gateway do.
type installation struct {
	ready, models, answer int // statuses
	list                  string
	questions             int
}

func (i *installation) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/readyz" && r.Header.Get("Authorization") != "Bearer "+key {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":{"message":"This key is not known."}}`)
		return
	}
	switch r.URL.Path {
	case "/readyz":
		if r.Header.Get("Authorization") != "" {
			w.WriteHeader(http.StatusTeapot) // the operator is nobody to give a key to
			return
		}
		w.WriteHeader(i.ready)
	case "/v1/models":
		w.WriteHeader(i.models)
		_, _ = io.WriteString(w, i.list)
	case "/v1/chat/completions":
		i.questions++
		w.WriteHeader(i.answer)
		_, _ = io.WriteString(w, `{"choices":[{"message":{"content":"Hello!"}}]}`)
	}
}

func works() *installation {
	return &installation{ready: 200, models: 200, answer: 200, list: `{"data":[{"id":"llama3"},{"id":"coder"}]}`}
}

func TestRun(t *testing.T) {
	cases := map[string]struct {
		change func(*installation, *check.Options)
		// want is in the error; empty for none.
		want string
		out  string
	}{
		"Works": {out: `model llama3 answers: "Hello!"`},
		"OperatorOnly": {
			change: func(i *installation, o *check.Options) { i.models, o.Gateway = 500, "" },
			out:    "ok    the operator is ready",
		},
		"OperatorNotReady": {
			change: func(i *installation, _ *check.Options) { i.ready = 500 },
			want:   "checking that the operator is ready: expected status 200",
		},
		"ModelMissing": {
			change: func(i *installation, _ *check.Options) { i.list = `{"data":[{"id":"other"}]}` },
			want:   "expected model llama3, found other",
		},
		"NoModels": {
			change: func(i *installation, _ *check.Options) { i.list = `{"data":[]}` },
			want:   "expected model llama3, found no models",
		},
		"NoJSON": {
			change: func(i *installation, _ *check.Options) { i.list = `<html>` },
			want:   "reading the list of models",
		},
		"WrongKey": {
			change: func(_ *installation, o *check.Options) { o.Key = "sk-other" },
			want:   "found 401: This key is not known.",
		},
		"NoAnswer": {
			change: func(i *installation, _ *check.Options) { i.answer = 503 },
			want:   "checking that model llama3 answers: expected status 200",
		},
		"NobodyToAsk": {
			change: func(_ *installation, o *check.Options) { o.Operator, o.Gateway = "", "" },
			want:   "found neither",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			answers := works()
			server := httptest.NewServer(answers)
			defer server.Close()
			var out bytes.Buffer
			o := check.Options{
				Operator: server.URL, Gateway: server.URL + "/", Key: key, Models: []string{"llama3", "coder"}, Ask: "llama3",
				Pause: time.Millisecond, Out: &out,
			}
			if tc.change != nil {
				tc.change(answers, &o)
			}
			ctx := t.Context()
			if tc.want != "" {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 100*time.Millisecond)
				defer cancel()
			}
			err := check.Run(ctx, o)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("error = %v, want %q", err, tc.want)
			}
			if !strings.Contains(out.String(), tc.out) {
				t.Errorf("output:\n%s\nwant: %s", out.String(), tc.out)
			}
			if strings.Contains(out.String(), key) {
				t.Error("the key is in the output")
			}
		})
	}
}

// TestRunWaits: what is not ready yet is asked again, and its reason is told once.
func TestRunWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		// Nothing listens there, and a closed port answers at once.
		err := check.Run(ctx, check.Options{Operator: "http://127.0.0.1:1", Pause: time.Second, Out: &out})
		if err == nil || !strings.Contains(err.Error(), "the operator is ready") {
			t.Errorf("error = %v", err)
		}
		if n := strings.Count(out.String(), "wait "); n != 1 {
			t.Errorf("the reason is told %d times, want once:\n%s", n, out.String())
		}
	})
}

// TestInsecure: only who asks for it trusts a certificate that nobody vouches for.
func TestInsecure(t *testing.T) {
	server := httptest.NewTLSServer(works())
	defer server.Close()
	server.Config.ErrorLog = nil
	o := check.Options{Gateway: server.URL, Key: key, Pause: time.Millisecond, Out: io.Discard, Insecure: true}
	if err := check.Run(t.Context(), o); err != nil {
		t.Errorf("with Insecure: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	o.Insecure = false
	if err := check.Run(ctx, o); err == nil {
		t.Error("a certificate that nobody vouches for was taken")
	}
}
