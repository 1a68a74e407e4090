package openai

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// seed adds a section of all cases that match.
func seed(f *testing.F, pattern, section string) {
	f.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		f.Fatalf("finding the cases: %v, %d files", err, len(files))
	}
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatalf("reading a case: %v", err)
		}
		for _, s := range ar.Files {
			if s.Name == section {
				f.Add(string(s.Data))
			}
		}
	}
}

// FuzzDecode checks that no request does harm, and that what is sent upstream of it is JSON.
func FuzzDecode(f *testing.F) {
	seed(f, "testdata/requests/*.txtar", "request")
	f.Fuzz(func(t *testing.T, body string) {
		for _, codec := range []protocol.ChatCodec{NewChat(), NewCompletions()} {
			req, err := codec.Decode(call(protocol.Chat), []byte(body))
			if err != nil {
				continue
			}
			for _, d := range []Dialect{DialectOpenAI, DialectCompatible} {
				for _, model := range []string{"gpt-5", "deepseek-chat"} {
					if out, _, err := EncodeChat(req, model, d); err == nil && !json.Valid(out) {
						t.Errorf("for %s: %s", model, out)
					}
				}
			}
		}
		if req, err := (Embeddings{}).Decode(call(protocol.Embeddings), []byte(body)); err == nil {
			if out, _ := EncodeEmbedding(req, "m", DialectOpenAI); !json.Valid(out) {
				t.Errorf("embeddings: %s", out)
			}
		}
	})
}

// FuzzStream checks that no stream of an upstream does harm, and what clients rely on whatever it says: JSON on short lines, a role
// first, an end.
func FuzzStream(f *testing.F) {
	seed(f, "testdata/upstream_answers/*.txtar", "stream")
	f.Fuzz(func(t *testing.T, stream string) {
		req := &chat.Request{Model: "alias", Stream: true, IncludeUsage: true}
		for _, name := range []string{"chat", "completions"} {
			out := written(t, codec(name), req, stream)
			for event := range strings.SplitSeq(strings.TrimSuffix(out, "\n\n"), "\n\n") {
				data, isData := strings.CutPrefix(event, "data: ")
				if !isData || data != string(done) && !json.Valid([]byte(data)) {
					t.Fatalf("event %q", event)
				}
				if len(event) > 2*sse.MaxLine && len(stream) < sse.MaxLine {
					t.Errorf("an event of %d bytes", len(event))
				}
			}
			if ended := strings.HasSuffix(out, "data: [DONE]\n\n"); ended == strings.Contains(out, `data: {"error":`) {
				t.Errorf("a stream needs either an end or an error: %q", out)
			}
		}
	})
}

// FuzzAnswer checks that no whole answer does harm, nor one that is no success.
func FuzzAnswer(f *testing.F) {
	seed(f, "testdata/upstream_answers/*.txtar", "answer")
	seed(f, "testdata/upstream_errors/*.txtar", "body")
	f.Fuzz(func(t *testing.T, body string) {
		req := &chat.Request{Model: "alias"}
		if a, err := NewDecoder().Whole([]byte(body)); err == nil {
			for _, codec := range []protocol.ChatCodec{NewChat(), NewCompletions()} {
				if out := codec.Answer(req, a); !json.Valid(out) {
					t.Errorf("answer %s", out)
				}
			}
		}
		if e := DecodeError(500, nil, []byte(body)); e.Message == "" || !json.Valid(Errors{}.Body(e, "")) {
			t.Errorf("error %s", golden.Fault(e))
		}
	})
}
