package ollama

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/tools/txtar"

	"github.com/fairlead-dev/fairlead/gateway/openai"
	"github.com/fairlead-dev/fairlead/gateway/provider/legacy"
)

var (
	_ provider.Provider = (*Provider)(nil)
	_ provider.Decoder  = (*chatDecoder)(nil)
)

// request is one that a stream with usage answers.
func request(op openai.Operation) *openai.Request {
	return &openai.Request{Operation: op, Model: "llama3", Stream: true, IncludeUsage: true, Body: []byte(`{}`)}
}

// chunks decodes what a recorder got.
func chunks(t *testing.T, r *recorder) []openai.ChatChunk {
	t.Helper()
	var list []openai.ChatChunk
	for line := range strings.Lines(r.events.String()) {
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok {
			continue
		}
		if len(line) > openai.MaxEventBytes {
			t.Errorf("a line of %d bytes", len(line))
		}
		var c openai.ChatChunk
		if err := json.Unmarshal([]byte(data), &c); err != nil {
			t.Fatalf("a chunk is no JSON: %v", err)
		}
		list = append(list, c)
	}
	return list
}

func TestStreamSplitsWhatIsLong(t *testing.T) {
	text := strings.Repeat("\x01ü😀<", 20_000)
	line := openai.Marshal(map[string]any{
		"message": map[string]any{
			"content": text, "thinking": text, "tool_calls": []any{map[string]any{"function": map[string]any{"name": "f", "arguments": map[string]any{"x": text}}}},
		},
		"done": true, "done_reason": "stop", "eval_count": 1,
	})
	var r recorder
	if _, err := newProvider().Decoder(request(openai.ChatCompletions)).Stream(&r, bytes.NewReader(line)); err != nil {
		t.Fatalf("Stream: %v", err)
	}
	var content, thinking, arguments strings.Builder
	for _, c := range chunks(t, &r) {
		for _, choice := range c.Choices {
			if choice.Delta.Content != nil {
				content.WriteString(*choice.Delta.Content)
			}
			thinking.WriteString(choice.Delta.ReasoningContent)
			for _, call := range choice.Delta.ToolCalls {
				if call.Index == nil || *call.Index != 0 {
					t.Errorf("a call with the index %v", call.Index)
				}
				arguments.WriteString(call.Function.Arguments)
			}
		}
	}
	var x struct{ X string }
	if err := json.Unmarshal([]byte(arguments.String()), &x); err != nil {
		t.Fatalf("the arguments are no JSON: %v", err)
	}
	for name, got := range map[string]string{"content": content.String(), "thinking": thinking.String(), "arguments": x.X} {
		if got != text {
			t.Errorf("%s: %d bytes differ from what was sent, %d bytes", name, len(got), len(text))
		}
	}
}

// TestStreamCutAnywhere cuts a recorded stream after every byte: short of its last line it must end in an error, never look
// like a whole answer, and what was sent before must be a beginning of the whole.
func TestStreamCutAnywhere(t *testing.T) {
	for name, op := range map[string]openai.Operation{"ToolsStream": openai.ChatCompletions, "CompletionStream": openai.Completions} {
		t.Run(name, func(t *testing.T) {
			upstream := bytes.TrimRight(section(t, name, "upstream"), "\n")
			var whole recorder
			if _, err := newProvider().Decoder(request(op)).Stream(&whole, iotest.OneByteReader(bytes.NewReader(upstream))); err != nil {
				t.Fatalf("Stream: %v", err)
			}
			for n := range upstream {
				var r recorder
				_, err := newProvider().Decoder(request(op)).Stream(&r, bytes.NewReader(upstream[:n]))
				if err == nil {
					t.Fatalf("cut after %d of %d bytes: no error", n, len(upstream))
				}
				if !strings.HasPrefix(whole.events.String(), r.events.String()) || strings.Contains(r.events.String(), `"finish_reason":"`) {
					t.Fatalf("cut after %d bytes: sent %s", n, r.events.String())
				}
			}
		})
	}
}

func section(t *testing.T, file, name string) []byte {
	t.Helper()
	ar, err := txtar.ParseFile("testdata/cases/" + file + ".txtar")
	if err != nil {
		t.Fatalf("reading the case: %v", err)
	}
	for _, f := range ar.Files {
		if f.Name == name {
			return f.Data
		}
	}
	t.Fatalf("%s has no section %s", file, name)
	return nil
}

// gone is a client that hangs up after some events.
type gone struct{ after int }

func (g *gone) WriteEvent([]byte) error {
	if g.after--; g.after < 0 {
		return io.ErrClosedPipe
	}
	return nil
}

func TestStreamClientGone(t *testing.T) {
	for name, op := range map[string]openai.Operation{"ThinkStream": openai.ChatCompletions, "CompletionStream": openai.Completions} {
		for after := range 10 {
			_, err := newProvider().Decoder(request(op)).Stream(&gone{after}, bytes.NewReader(section(t, name, "upstream")))
			if !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("%s: gone after %d events: %v, want the error of the writer", name, after, err)
			}
		}
	}
}

func TestStreamUpstreamFails(t *testing.T) {
	broken := errors.New("connection reset")
	long := io.MultiReader(strings.NewReader(`{"message":{"content":"`), strings.NewReader(strings.Repeat("x", maxLine)))
	cases := map[string]struct {
		src  io.Reader
		want error
	}{
		"Reset":    {iotest.ErrReader(broken), broken},
		"Empty":    {strings.NewReader(" \n\n"), errUnfinished},
		"LongLine": {long, errLongLine},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var r recorder
			_, err := newProvider().Decoder(request(openai.ChatCompletions)).Stream(&r, c.src)
			if !errors.Is(err, c.want) {
				t.Errorf("Stream: %v, want %v", err, c.want)
			}
		})
	}
}

func TestBodyRefuses(t *testing.T) {
	cases := map[string]struct {
		op   openai.Operation
		body string
	}{
		"ChatNotDone":         {openai.ChatCompletions, `{"message":{"content":"x"},"done":false}`},
		"ChatNoJSON":          {openai.ChatCompletions, `<html>`},
		"ChatError":           {openai.ChatCompletions, `{"error":"boom"}`},
		"CompletionNotDone":   {openai.Completions, `{"response":"x"}`},
		"EmbeddingEmpty":      {openai.Embeddings, `{"embeddings":[]}`},
		"EmbeddingError":      {openai.Embeddings, `{"error":"boom"}`},
		"EmbeddingNoJSON":     {openai.Embeddings, ``},
		"EmbeddingNotNumbers": {openai.Embeddings, `{"embeddings":[["x"]]}`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got, _, err := newProvider().Decoder(request(c.op)).Body([]byte(c.body)); err == nil {
				t.Errorf("Body: %s, want an error", got)
			}
		})
	}
}

func TestFailureStatus(t *testing.T) {
	cases := map[string]struct {
		status, want int
		body         string
	}{
		"Unauthorized":   {401, 502, `{"error":"unauthorized"}`},
		"Forbidden":      {403, 502, ``},
		"TooMany":        {429, 429, `{"error":"slow down"}`},
		"Internal":       {500, 502, `{"error":""}`},
		"OpenAIShape":    {400, 400, `{"error":{"message":"no"}}`},
		"GatewayTimeout": {504, 504, `upstream timeout`},
		"BusyWithCause":  {503, 503, `{"error":"does not support tools"}`},
		"Redirect":       {302, 502, ``},
		"BadUTF8":        {500, 502, "\xff\xfe"},
		"Long":           {500, 502, strings.Repeat("x", 10_000)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := newProvider().Decoder(request(openai.ChatCompletions)).Error(c.status, []byte(c.body))
			if e.Status != c.want || !json.Valid(e.JSON()) || len(e.Message) > maxMessage+100 {
				t.Errorf("Error: %d %s, want %d", e.Status, e.JSON(), c.want)
			}
		})
	}
}

// FuzzDecode checks that whatever an upstream answers, the client gets valid JSON in lines that are not too long, or there is an
// error.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"ToolsStream", "ThinkStream", "CompletionStream", "EmbeddingFloat", "StreamBreaks"} {
		ar, err := txtar.ParseFile("testdata/cases/" + name + ".txtar")
		if err != nil {
			f.Fatal(err)
		}
		for _, s := range ar.Files {
			if s.Name == "upstream" {
				f.Add(s.Data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, upstream []byte) {
		for _, op := range []openai.Operation{openai.ChatCompletions, openai.Completions, openai.Embeddings} {
			d := newProvider().Decoder(request(op))
			if body, _, err := d.Body(upstream); err == nil && !json.Valid(body) {
				t.Errorf("%v: Body: %q", op, body)
			}
			if e := d.Error(len(upstream)%700, upstream); !json.Valid(e.JSON()) || e.Status < 400 {
				t.Errorf("%v: Error: %d %q", op, e.Status, e.JSON())
			}
			if err := streamed(newProvider().Decoder(request(op)), upstream); err != nil {
				t.Errorf("%v: Stream: %v", op, err)
			}
		}
	})
}

// streamed is what is wrong with the events that a stream was translated into.
func streamed(d provider.Decoder, upstream []byte) error {
	var r recorder
	if _, err := d.Stream(&r, bytes.NewReader(upstream)); err != nil && r.events.Len() == 0 {
		return nil
	}
	for event := range strings.SplitSeq(strings.TrimSuffix(r.events.String(), "\n\n"), "\n\n") {
		data, ok := strings.CutPrefix(event, "data: ")
		var doc map[string]json.RawMessage
		err := json.Unmarshal([]byte(data), &doc)
		if !ok || err != nil || len(event) > openai.MaxEventBytes || doc["error"] != nil {
			return fmt.Errorf("an event is %q", event)
		}
	}
	return nil
}
