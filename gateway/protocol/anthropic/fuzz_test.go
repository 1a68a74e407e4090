package anthropic

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/tools/txtar"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
)

// seeds adds the sections of a name of all cases.
func seeds(f *testing.F, pattern, section string) {
	f.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		f.Fatalf("finding the seeds: %v, %d files", err, len(files))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, s := range txtar.Parse(text).Files {
			if s.Name == section {
				f.Add(s.Data)
			}
		}
	}
}

// FuzzDecode: a request is read or refused with a 400; one that was read can be written for a model of every kind, and what is
// written is what Anthropic accepts.
func FuzzDecode(f *testing.F) {
	seeds(f, "testdata/client/*.txtar", "request")
	f.Fuzz(func(t *testing.T, body []byte) {
		if !jsontext.Value(body).IsValid() || jsontext.Value(body).Kind() != '{' {
			t.Skip("the proxy has refused it")
		}
		req, err := newMessages().Decode(nil, body)
		if err != nil {
			isClients(t, err)
			return
		}
		for _, model := range []string{"claude-opus-5-5", "claude-sonnet-4-5", "claude-3-haiku", "other"} {
			r, err := Encode(req, model)
			if err != nil {
				isClients(t, err)
				continue
			}
			accepted(t, r.Body)
		}
	})
}

// isClients makes sure that an error is the client's mistake.
func isClients(t *testing.T, err error) {
	t.Helper()
	if e, ok := errors.AsType[*fault.Error](err); !ok || e.Status != 400 {
		t.Errorf("the error is %v", err)
	}
}

// accepted checks what Anthropic checks before all else.
func accepted(t *testing.T, upstream []byte) {
	t.Helper()
	var b struct {
		MaxTokens *int64 `json:"max_tokens"`
		Messages  []turn `json:"messages"`
	}
	if err := json.Unmarshal(upstream, &b); err != nil {
		t.Fatalf("reading the upstream's request: %v\n%s", err, upstream)
	}
	if b.MaxTokens == nil || len(b.Messages) == 0 {
		t.Errorf("max_tokens or messages are missing: %s", upstream)
	}
	for i, m := range b.Messages {
		if want := [...]string{roleUser, roleAssistant}[i%2]; m.Role != want || len(m.Content) == 0 {
			t.Errorf("message %d: %+v", i, m)
		}
		acceptedBlocks(t, m.Content)
	}
}

func acceptedBlocks(t *testing.T, content []block) {
	t.Helper()
	for i, c := range content {
		if c.Type == blockText && blank(c.Text) {
			t.Errorf("block %d is blank", i)
		}
		if i > 0 && c.Type == blockToolResult && content[i-1].Type != blockToolResult {
			t.Errorf("block %d is a result after something else", i)
		}
	}
}

// FuzzStream: whatever an upstream sends, a client gets a stream that it can read, and that ends with message_stop or an error.
func FuzzStream(f *testing.F) {
	seeds(f, "testdata/reply/*.txtar", "upstream stream")
	f.Fuzz(func(t *testing.T, upstream []byte) {
		out := golden.NewOutput()
		w := newMessages().Stream(nil, &chat.Request{Model: "alias"}, out)
		seq := chat.NewSequence(w.Event)
		err := DecodeStream(bytes.NewReader(upstream), seq.Event)
		if err == nil {
			err = seq.End()
		}
		end := w.Close
		if err != nil {
			end = func() error { return w.Fail(fault.BadGateway("broken")) }
		}
		if err := end(); err != nil {
			t.Fatalf("ending the stream: %v", err)
		}
		r, readErr := receive(out.String())
		if readErr != nil {
			if oversized(upstream) {
				t.Skip("ids, names and signatures are not cut")
			}
			t.Fatalf("a client cannot read the stream: %v\n%s", readErr, out.String())
		}
		if (err == nil) != r.Ended || (err != nil) != (r.Error != "") {
			t.Errorf("message_stop = %v, error = %q after %v", r.Ended, r.Error, err)
		}
	})
}

// oversized says that an upstream sent so much that a line of the client's stream may be long.
func oversized(upstream []byte) bool { return len(upstream) > 8<<10 }

// FuzzObserver: an answer that comes in pieces is read as one that comes at once.
func FuzzObserver(f *testing.F) {
	f.Add([]byte(observedStream), true, 3)
	f.Add([]byte(`{"usage":{"input_tokens":1,"output_tokens":2}}`), false, 5)
	f.Fuzz(func(t *testing.T, answer []byte, stream bool, size int) {
		size = max(size, 1)
		whole, pieces := NewObserver(stream), NewObserver(stream)
		_, _ = whole.Write(answer)
		for rest := answer; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			_, _ = pieces.Write(rest[:min(size, len(rest))])
		}
		whole.End()
		pieces.End()
		if whole.Usage() != pieces.Usage() || whole.Complete() != pieces.Complete() || whole.Failed() != pieces.Failed() {
			t.Errorf("in pieces of %d: %+v, want %+v", size, pieces.Usage(), whole.Usage())
		}
	})
}

// FuzzTextDelta: the short way of reading an event gives what the long one gives.
func FuzzTextDelta(f *testing.F) {
	for _, text := range []string{`Hello`, `\u00e9\n\"`, `\ud83d\ude00`, `a","b":"c`, ``} {
		f.Add(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"` + text + `"}}`)
	}
	f.Add(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text": "white space first" } }`)
	f.Fuzz(func(t *testing.T, data string) {
		text, ok := textDelta([]byte(data))
		if !ok || !json.Valid([]byte(data)) {
			return
		}
		var e event
		if err := json.Unmarshal([]byte(data), &e); err != nil || e.Delta.Text != text {
			t.Errorf("textDelta(%s) = %q, want %q, %v", data, text, e.Delta.Text, err)
		}
	})
}
