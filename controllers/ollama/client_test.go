package ollama_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/ollama"
)

// answering returns a client of a server that gives one answer to everything.
func answering(t *testing.T, status int, body string) *ollama.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return &ollama.Client{URL: s.URL, HTTP: s.Client()}
}

// TestPull reads the answers that a real Ollama 0.17.4 gave.
func TestPull(t *testing.T) {
	const manifest = `{"status":"pulling manifest"}` + "\n"
	for name, tc := range map[string]struct {
		status    int
		body      string
		want      []ollama.Progress
		wantError string
	}{
		"Success": {
			status: 200,
			body: manifest + `{"status":"pulling a","digest":"sha256:a","total":10,"completed":4}
{"status":"pulling b","digest":"sha256:b","total":5}
{"status":"pulling a","digest":"sha256:a","total":10,"completed":10}
{"status":"verifying sha256 digest"}
{"status":"writing manifest"}
{"status":"success"}
`,
			want: []ollama.Progress{{Completed: 4, Total: 10}, {Completed: 4, Total: 15}, {Completed: 10, Total: 15, Fetched: 6}},
		},
		"Unknown": {
			status: 200, body: manifest + `{"error":"pull model manifest: file does not exist"}` + "\n\n",
			wantError: "pull model manifest: file does not exist",
		},
		"BadName":     {status: 400, body: `{"error":"invalid model name"}`, wantError: "invalid model name"},
		"NotAnOllama": {status: 502, body: `<html>`, wantError: "the server answered 502 Bad Gateway"},
		"Cut":         {status: 200, body: manifest, wantError: "without saying how it went"},
		"Garbage":     {status: 200, body: manifest + "<html>\n", wantError: "reading the progress"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []ollama.Progress
			err := answering(t, tc.status, tc.body).Pull(t.Context(), "m", false, func(p ollama.Progress) { got = append(got, p) })
			if (err == nil) != (tc.wantError == "") || (err != nil && !strings.Contains(err.Error(), tc.wantError)) {
				t.Errorf("err = %v, want %q", err, tc.wantError)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("progress (-want +got):\n%s", diff)
			}
		})
	}
}

// TestModels: names come with their tags, and every request carries the headers.
func TestModels(t *testing.T) {
	s := testkit.NewOllamaServer(t, "tiny:latest", "llama3.2:3b")
	c := &ollama.Client{URL: s.URL, HTTP: s.Client(), Header: http.Header{"X-Team": {"a"}}}
	got, err := c.Models(t.Context())
	want := []ollama.Model{
		{Name: "tiny:latest", Digest: "sha256:" + testkit.Digest("tiny:latest")}, {Name: "llama3.2:3b", Digest: "sha256:" + testkit.Digest("llama3.2:3b")},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("err = %v, models (-want +got):\n%s", err, diff)
	}
	odd, err := answering(t, 200, `{"models":[{"name":"x","digest":"no digest"}]}`).Models(t.Context())
	if diff := cmp.Diff([]ollama.Model{{Name: "x"}}, odd); err != nil || diff != "" {
		t.Errorf("err = %v, models (-want +got):\n%s", err, diff)
	}
	if _, err := answering(t, 200, `{"models":`).Models(t.Context()); err == nil {
		t.Error("half an answer was taken for a list")
	}
}

// FuzzPull: whatever a server answers, reading it ends, with success only if the server said so.
func FuzzPull(f *testing.F) {
	f.Add(`{"status":"success"}`)
	f.Add(`{"digest":"a","total":-1,"completed":9223372036854775807}` + "\n" + `{"error":"x"}`)
	f.Fuzz(func(t *testing.T, body string) {
		client := &ollama.Client{URL: "http://test", HTTP: &http.Client{Transport: answer(body)}}
		err := client.Pull(t.Context(), "m", false, func(ollama.Progress) {})
		if err == nil && !strings.Contains(body, "success") {
			t.Errorf("%q was taken for success", body)
		}
	})
}

// answer is a transport that gives one answer without a network.
type answer string

func (a answer) RoundTrip(*http.Request) (*http.Response, error) {
	r := httptest.NewRecorder()
	_, _ = r.WriteString(string(a))
	return r.Result(), nil
}
