package gemini

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/fields"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// seed adds a section of each case that matches pattern.
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
				f.Add(s.Data)
			}
		}
	}
}

// FuzzDecode reads any request. What can be read can be sent to a model of Google's, or is refused with a reason.
func FuzzDecode(f *testing.F) {
	seed(f, "testdata/request/*.txtar", "request")
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := fields.Read(body); err != nil {
			t.Skip("the scan before refuses it")
		}
		for _, codec := range []interface {
			Decode(call *protocol.Call, body []byte) (*chat.Request, error)
		}{Generate{}, Count{}} {
			req, err := codec.Decode(newCall(protocol.Chat, ":generateContent"), body)
			if err != nil {
				refused(t, err)
				continue
			}
			for _, model := range []string{"gemini-2.5-pro", "gemini-3-flash-preview", "gemma-3-27b-it"} {
				for _, dialect := range []Dialect{GoogleAI, VertexAI} {
					out, _, err := EncodeChat(req, model, dialect)
					if err != nil {
						refused(t, err)
					} else if !json.Valid(out) {
						t.Fatalf("no JSON: %s", out)
					}
				}
			}
		}
	})
}

func refused(t *testing.T, err error) {
	t.Helper()
	if f, ok := errors.AsType[*fault.Error](err); !ok || f.Status != 400 || f.Message == "" {
		t.Fatalf("the error is %v", err)
	}
}

// FuzzEmbed reads any request for embeddings.
func FuzzEmbed(f *testing.F) {
	seed(f, "testdata/embedding/*.txtar", "request")
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := fields.Read(body); err != nil {
			t.Skip("the scan before refuses it")
		}
		for _, path := range []string{":embedContent", PathBatchEmbed} {
			req, err := Embed{}.Decode(newCall(protocol.Embeddings, path), body)
			if err != nil {
				refused(t, err)
				continue
			}
			if out, _ := EncodeEmbedding(req, "m"); !json.Valid(out) {
				t.Fatalf("no JSON: %s", out)
			}
		}
	})
}

// FuzzStream reads any stream of an upstream. What a client gets for it is a stream of this protocol, whatever it was.
func FuzzStream(f *testing.F) {
	seed(f, "testdata/stream/*.txtar", "upstream")
	seed(f, "testdata/answer/*.txtar", "upstream")
	f.Fuzz(func(t *testing.T, upstream []byte) {
		wellFormed(t, translated(string(upstream), false))
		if list := translated(string(upstream), true); list != "" && list[0] == '[' && !json.Valid([]byte(list)) {
			t.Fatalf("no array: %s", list)
		}
		if a, err := newTestDecoder().Whole(upstream); err == nil {
			if out := (Generate{}).Answer(&chat.Request{Model: alias}, a); !json.Valid(out) {
				t.Fatalf("no JSON: %s", out)
			}
		}
	})
}

// wellFormed checks a stream: each chunk is JSON and short, and only the last one says that it is the end.
func wellFormed(t *testing.T, stream string) {
	t.Helper()
	ended := false
	for data, err := range sse.Events(strings.NewReader(stream)) {
		if err != nil || !json.Valid(data) || ended {
			t.Fatalf("%v, after the end: %v, in %s", err, ended, data)
		}
		if len(data) > sse.MaxLine && !bytes.Contains(data, []byte(`"functionCall"`)) && !bytes.Contains(data, []byte(`"logprobsResult"`)) {
			t.Fatalf("a line of %d bytes", len(data))
		}
		ended = bytes.Contains(data, []byte(`"finishReason":"`)) || bytes.HasPrefix(data, []byte(`{"error"`))
	}
	if !ended {
		t.Fatalf("no end: %s", stream)
	}
}

// FuzzObserver reads along with anything. What it finds does not depend on where the bytes are cut.
func FuzzObserver(f *testing.F) {
	seed(f, "testdata/stream/*.txtar", "upstream")
	seed(f, "testdata/answer/*.txtar", "upstream")
	f.Fuzz(func(t *testing.T, answer []byte) {
		if whole, cut := observe(string(answer), len(answer)+1), observe(string(answer), 1); whole != cut {
			t.Fatalf("whole %+v, cut %+v", whole, cut)
		}
	})
}

// FuzzError reads any answer that is no success. It never repeats a key.
func FuzzError(f *testing.F) {
	seed(f, "testdata/error/*.txtar", "upstream")
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, status := range []int{0, 400, 401, 429, 503} {
			e := ReadError(status, body)
			if e.Status < 400 || e.Status > 599 || e.Message == "" || secrets.MatchString(e.Message) {
				t.Fatalf("status %d: %s", status, golden.Fault(e))
			}
			if out := (Errors{}).Body(e, "id"); !json.Valid(out) {
				t.Fatalf("no JSON: %s", out)
			}
		}
	})
}
