package files

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// fakeOllama has one model.
func fakeOllama(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/tags" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(`{"models":[{"name":"llama3.2:3b","model":"llama3.2:3b","size":1}]}`))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// running is a Source under test and what it said.
type running struct {
	inputs  chan snapshot.Input
	reports chan *Report
	ended   chan error
}

// start runs a Source until the test ends.
func start(t *testing.T, options Options, env map[string]string) *running {
	t.Helper()
	r := &running{make(chan snapshot.Input, 16), make(chan *Report, 16), make(chan error, 1)}
	options.Report = func(report *Report) { r.reports <- report }
	options.Getenv = func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	s, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	s.askEvery = 20 * time.Millisecond
	go func() { r.ended <- s.Run(t.Context(), func(in snapshot.Input) { r.inputs <- in }) }()
	return r
}

// next waits for the next report.
func (r *running) next(t *testing.T) *Report {
	t.Helper()
	select {
	case report := <-r.reports:
		return report
	case err := <-r.ended:
		t.Fatalf("ended: %v", err)
	case <-time.After(10 * time.Second):
		t.Fatal("no report within 10 s")
	}
	return nil
}

func (r *running) input(t *testing.T) snapshot.Input {
	t.Helper()
	select {
	case in := <-r.inputs:
		return in
	case <-time.After(10 * time.Second):
		t.Fatal("no input within 10 s")
	}
	return snapshot.Input{}
}

// unstable is what differs between two runs: the place of the test's files, a port, a duration and the time of day.
var unstable = regexp.MustCompile(`127\.0\.0\.1:\d+|in \d+ ms|\d\d:\d\d:\d\d`)

func printed(t *testing.T, dir string, report *Report) string {
	t.Helper()
	var b strings.Builder
	if err := report.Print(&b); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(b.String(), dir+string(os.PathSeparator), "")
	return unstable.ReplaceAllStringFunc(text, func(s string) string {
		switch {
		case strings.HasPrefix(s, "127"):
			return "127.0.0.1:PORT"
		case strings.HasPrefix(s, "in "):
			return "in N ms"
		}
		return "12:00:00"
	})
}

// TestGolden prints the report on each directory of testdata.
func TestGolden(t *testing.T) {
	cases, err := filepath.Glob("testdata/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range cases {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			env := map[string]string{"OLLAMA_HOST": fakeOllama(t), "SOME_KEY": "sk-some-0123456789012345", "BROKEN_KEY": "sk-\nbroken"}
			r := start(t, Options{Paths: []string{dir}, Loopback: true}, env)
			var got string
			select {
			case report := <-r.reports:
				got = printed(t, dir, report)
			case err := <-r.ended:
				got = strings.ReplaceAll("error: "+err.Error()+"\n", dir+"/", "")
			}
			if strings.Contains(got, "sk-") {
				t.Error("a secret is in the report")
			}
			golden := filepath.Join(dir, "report.golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}
