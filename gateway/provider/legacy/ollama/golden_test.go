package ollama

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/fairlead-dev/fairlead/gateway/openai"
	"github.com/fairlead-dev/fairlead/gateway/provider/legacy"
)

var update = flag.Bool("update", false, "rewrite the golden sections of testdata/cases")

// upstreamModel is Ollama's own name of the model in all cases. No answer may show it but in a message of Ollama's.
const upstreamModel = "llama3.2:3b"

// newProvider returns a Provider whose ids and clock are the same in every run.
func newProvider() *Provider {
	n := 0
	return &Provider{
		newID: func() string { n++; return fmt.Sprintf("id%d", n) },
		now:   func() time.Time { return time.Unix(1_800_000_000, 0) },
	}
}

func operation(t *testing.T, name string) openai.Operation {
	t.Helper()
	for _, op := range []openai.Operation{openai.ChatCompletions, openai.Completions, openai.Embeddings} {
		if op.String() == name {
			return op
		}
	}
	t.Fatalf("no operation is called %q", name)
	return 0
}

// TestGolden runs each case of testdata/cases in both directions: what goes upstream for the client's request, and what the
// client gets for what comes back.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("finding the cases: %v, %d files", err, len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { runCase(t, file) })
	}
}

func runCase(t *testing.T, file string) {
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatalf("reading the case: %v", err)
	}
	if len(bytes.TrimSpace(ar.Comment)) == 0 {
		t.Error("the case does not say where it comes from")
	}
	in := map[string]string{}
	for _, f := range ar.Files {
		in[f.Name] = strings.TrimSuffix(string(f.Data), "\n")
	}
	req, err := openai.Scan(operation(t, in["operation"]), []byte(in["request"]))
	if err != nil {
		t.Fatalf("Scan: %v", err)
	}
	p := newProvider()
	golden(t, ar, "upstream request", encoded(t, p, req))
	if status, ok := in["status"]; ok {
		golden(t, ar, "answer", decoded(t, p.Decoder(req), req, status, []byte(in["upstream"])))
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
			t.Fatalf("writing the case: %v", err)
		}
	}
}

// golden compares a section with got, or replaces it.
func golden(t *testing.T, ar *txtar.Archive, name, got string) {
	t.Helper()
	got = strings.TrimRight(got, "\n") + "\n"
	for i, f := range ar.Files {
		if f.Name != name {
			continue
		}
		if *update {
			ar.Files[i].Data = []byte(got)
		} else if diff := cmp.Diff(string(f.Data), got); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
		return
	}
	if !*update {
		t.Fatalf("the case has no section %q; run with -update", name)
	}
	ar.Files = append(ar.Files, txtar.File{Name: name, Data: []byte(got)})
}

func encoded(t *testing.T, p *Provider, req *openai.Request) string {
	t.Helper()
	out, err := p.Encode(req, upstreamModel)
	if err != nil {
		t.Fatalf("Encode: %v", err)
	}
	if out.Stream != req.Stream {
		t.Errorf("Encode: Stream is %v", out.Stream)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, bytes.Join(out.Body, nil), "", "  "); err != nil {
		t.Fatalf("Encode: %v", err)
	}
	return "POST " + out.Path + "\n" + indented.String()
}

// recorder is an EventWriter that keeps what it gets, as a client would see it.
type recorder struct{ events bytes.Buffer }

func (r *recorder) WriteEvent(data []byte) error {
	return openai.NewEventWriter(&r.events, func() error { return nil }).WriteEvent(data)
}

// decoded is what the client gets, with the usage after it.
func decoded(t *testing.T, d provider.Decoder, req *openai.Request, status string, upstream []byte) string {
	t.Helper()
	code, err := strconv.Atoi(status)
	if err != nil {
		t.Fatalf("the section status: %v", err)
	}
	if code >= 400 {
		return failureText(d.Error(code, upstream))
	}
	if !req.Stream {
		body, usage, err := d.Body(upstream)
		return string(body) + ending(usage, err)
	}
	var r recorder
	usage, err := d.Stream(&r, bytes.NewReader(upstream))
	return r.events.String() + ending(usage, err)
}

func ending(u provider.Usage, err error) string {
	s := fmt.Sprintf("\n# usage %+v", u)
	if e, ok := errors.AsType[*openai.Error](err); ok {
		return s + "\n# " + failureText(e)
	}
	if err != nil {
		s += fmt.Sprintf("\n# error %v", err)
	}
	return s
}

func failureText(e *openai.Error) string {
	s := fmt.Sprintf("%d %s", e.Status, e.JSON())
	if e.RetryAfter > 0 {
		s += fmt.Sprintf("\n# retry after %v", e.RetryAfter)
	}
	return s
}
