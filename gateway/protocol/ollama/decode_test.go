package ollama

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

func section(t testing.TB, file, name string) []byte {
	t.Helper()
	ar, err := txtar.ParseFile(filepath.Join("testdata", file+".txtar"))
	if err != nil {
		t.Fatalf("reading the case: %v", err)
	}
	i := slices.IndexFunc(ar.Files, func(f txtar.File) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("%s has no section %s", file, name)
	}
	return bytes.TrimSpace(ar.Files[i].Data)
}

// events is a stream as events.
func events(src io.Reader) (string, error) {
	var got golden.Events
	err := newDecoder(&chat.Request{}).Stream(src, got.Event)
	return got.End(nil), err
}

// TestStreamCutAnywhere cuts a recorded stream after every byte: short of its last line it must end in an error, never look
// like a whole answer, and what was emitted before must be a beginning of the whole.
func TestStreamCutAnywhere(t *testing.T) {
	for _, name := range []string{"ToolsStream", "CompletionStream", "ThinkStream"} {
		t.Run(name, func(t *testing.T) {
			upstream := section(t, "upstream/"+name, "upstream stream")
			whole, err := events(iotest.OneByteReader(bytes.NewReader(upstream)))
			if err != nil {
				t.Fatalf("Stream: %v", err)
			}
			for n := range upstream {
				got, err := events(bytes.NewReader(upstream[:n]))
				if err == nil || !strings.HasPrefix(whole, got) || strings.Contains(got, "finish") {
					t.Fatalf("cut after %d of %d bytes: %v, %s", n, len(upstream), err, got)
				}
			}
		})
	}
}

// TestStreamEmitErrors: the error of emit comes back as it is, wherever it happens.
func TestStreamEmitErrors(t *testing.T) {
	upstream := section(t, "upstream/ToolsStream", "upstream stream")
	for after := range 6 {
		left := after
		err := newDecoder(&chat.Request{}).Stream(bytes.NewReader(upstream), func(*chat.Event) error {
			if left--; left < 0 {
				return io.ErrClosedPipe
			}
			return nil
		})
		if !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("after %d events: %v, want the error of emit", after, err)
		}
	}
}

func TestStreamUpstreamFails(t *testing.T) {
	broken := errors.New("connection reset")
	long := io.MultiReader(strings.NewReader(`{"message":{"content":"`), io.LimitReader(endless{}, maxLine))
	cases := map[string]struct {
		src  io.Reader
		want error
	}{
		"Reset":    {iotest.ErrReader(broken), broken},
		"Empty":    {strings.NewReader(" \n\n"), chat.ErrUnfinished},
		"LongLine": {long, errLongLine},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := events(c.src); !errors.Is(err, c.want) {
				t.Errorf("Stream: %v, want %v", err, c.want)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// TestTrapLinesStayShort: what an upstream sends in one line comes in lines below 64 KiB, but for the arguments of a call, which
// Ollama's protocol cannot divide.
func TestTrapLinesStayShort(t *testing.T) {
	text := strings.Repeat("\x01ü😀<", 20_000)
	upstream := jsonwrite.Must(map[string]any{"message": map[string]any{"content": text, "thinking": text}, "done": true})
	stream := translated(NewChat(), &chat.Request{Model: "m"}, string(upstream))
	var m message
	for line := range strings.Lines(stream) {
		var a answer
		if err := json.Unmarshal([]byte(line), &a); err != nil || len(line) > sse.MaxLine {
			t.Fatalf("a line of %d bytes: %v", len(line), err)
		}
		m.Content, m.Thinking = m.Content+a.Message.Content, m.Thinking+a.Message.Thinking
	}
	if m.Content != text || m.Thinking != text {
		t.Errorf("%d and %d bytes differ from what was sent, %d bytes", len(m.Content), len(m.Thinking), len(text))
	}
}

// TestLargeArguments: 3 MB of arguments pass.
func TestLargeArguments(t *testing.T) {
	upstream := `{"message":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":{"x":"` + strings.Repeat("y", 3<<20) + `"}}}]},"done":true}`
	var a answer
	first, _, _ := strings.Cut(translated(NewChat(), &chat.Request{Model: "m"}, upstream), "\n")
	if err := json.Unmarshal([]byte(first), &a); err != nil || len(a.Message.ToolCalls) != 1 || len(a.Message.ToolCalls[0].Function.Arguments) < 3<<20 {
		t.Errorf("a line of %d bytes, %v", len(first), err)
	}
}

func TestWholeRefuses(t *testing.T) {
	for name, body := range map[string]string{
		"NotDone": `{"message":{"content":"x"},"done":false}`, "NoJSON": `<html>`, "Error": `{"error":"boom"}`, "Empty": ``,
	} {
		if a, err := newDecoder(&chat.Request{}).Whole([]byte(body)); err == nil {
			t.Errorf("%s: %+v, want an error", name, a)
		}
	}
	for name, body := range map[string]string{
		"Empty": `{"embeddings":[]}`, "OneForTwo": `{"embeddings":[[1]]}`, "Error": `{"error":"boom"}`, "NoJSON": ``, "NotNumbers": `{"embeddings":[["x"]]}`,
	} {
		if a, err := DecodeEmbedding(&embedding.Request{Inputs: []string{"a", "b"}}, []byte(body)); err == nil {
			t.Errorf("embedding %s: %+v, want an error", name, a)
		}
	}
}

// TestThoughtsAreHidden from a client that does not want to see them.
func TestThoughtsAreHidden(t *testing.T) {
	hide := false
	d := NewDecoder(&chat.Request{Reasoning: &chat.Reasoning{Show: &hide}})
	a, err := d.Whole([]byte(`{"message":{"content":"x","thinking":"Hm."},"done":true}`))
	if diff := cmp.Diff([]chat.Part{chat.Text("x")}, a.Choices[0].Parts); err != nil || diff != "" {
		t.Errorf("Whole: %v, -want +got\n%s", err, diff)
	}
}

// TestThinkOnlyWhereItIsKnown: a level that the model does not know, or thinking for one that cannot, is refused by Ollama, and
// agents ask for it in every request.
func TestThinkOnlyWhereItIsKnown(t *testing.T) {
	cases := map[string]struct {
		model, effort, want string
		lost                int
	}{
		"GPTOSS":        {"gpt-oss:20b", "medium", `"think":"medium"`, 0},
		"GPTOSSMinimal": {"gpt-oss:20b", "minimal", `"think":"low"`, 0},
		"GPTOSSMax":     {"x/GPT-OSS", "max", `"think":"high"`, 0},
		"Other":         {"qwen3:4b", "high", ``, 1},
		"Unsaid":        {"gpt-oss", "", ``, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, body, lost, err := EncodeChat(&chat.Request{Reasoning: &chat.Reasoning{Effort: c.effort}}, c.model)
			if err != nil || !strings.Contains(string(body), c.want) || len(lost) != c.lost || strings.Contains(string(body), "think") != (c.want != "") {
				t.Errorf("EncodeChat: %s, lost %v, %v", body, lost, err)
			}
		})
	}
}

func TestEncodeRefuses(t *testing.T) {
	cases := map[string]chat.Media{
		"URL":      {Kind: chat.MediaImage, URL: "http://10.0.0.1/x.png"},
		"File":     {Kind: chat.MediaImage, FileID: "file_1"},
		"Audio":    {Kind: chat.MediaAudio, Data: "AAAA"},
		"Video":    {Kind: chat.MediaVideo, Data: "AAAA"},
		"Document": {Kind: chat.MediaDocument, Data: "AAAA"},
	}
	for name, m := range cases {
		part := chat.Part{Kind: chat.KindMedia, Media: &m}
		for where, req := range map[string]*chat.Request{
			"message": {Messages: []chat.Message{{Role: chat.RoleUser, Parts: []chat.Part{part}}}},
			"result":  {Messages: []chat.Message{{Role: chat.RoleTool, Parts: []chat.Part{{Kind: chat.KindToolResult, ToolResult: &chat.ToolResult{Parts: []chat.Part{part}}}}}}},
			"prompt":  {Prompt: &chat.Prompt{Images: []chat.Media{m}}},
		} {
			_, _, _, err := EncodeChat(req, "m")
			if e, ok := errors.AsType[*fault.Error](err); !ok || e.Status != http.StatusBadRequest || e.Param == "" {
				t.Errorf("%s in a %s: %v, want a 400", name, where, err)
			}
		}
	}
}

// TestFailureIsDiscreet: clients learn neither where something is nor what a server in front of an Ollama says of the key.
func TestFailureIsDiscreet(t *testing.T) {
	cases := map[string]struct {
		status     int
		body, want string
	}{
		"Runner":  {500, `{"error":"Post \"http://127.0.0.1:40211/completion\": EOF"}`, `The upstream failed: Post "(address)": EOF`},
		"Dial":    {500, `{"error":"dial tcp 10.1.2.3:11434: connect: connection refused"}`, "The upstream failed: dial tcp (address): connect: connection refused"},
		"Dial6":   {500, `{"error":"dial tcp [::1]:11434: refused"}`, "The upstream failed: dial tcp (address): refused"},
		"Page":    {404, `<a href="https://ollama.internal/x">`, `There is no Ollama at the upstream's address: <a href="(address)">`},
		"Key":     {401, `{"error":"invalid key abc-123"}`, "The upstream refused the gateway."},
		"Account": {403, `invalid key abc-123`, "The upstream refused the gateway."},
		"Kept":    {500, `{"error":"model requires more system memory (8.5 GiB) than is available (3.2 GiB)"}`, "The upstream failed: model requires more system memory (8.5 GiB) than is available (3.2 GiB)"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Failure(c.status, []byte(c.body)).Message); diff != "" {
				t.Errorf("-want +got\n%s", diff)
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
			e := Failure(c.status, []byte(c.body))
			if e.Status != c.want || len(e.Message) > maxMessage+100 || !json.Valid(Errors{}.Body(e, "")) {
				t.Errorf("Failure: %d %q, want %d", e.Status, e.Message, c.want)
			}
		})
	}
}

// TestPlainText: the short cut gives what decoding gives, or steps aside.
func TestPlainText(t *testing.T) {
	const head = `{"model":"m","created_at":"2026-11-23T04:36:33Z"`
	cases := map[string]struct {
		line, want string
		ok         bool
	}{
		"Chat":       {head + plainChat + "Hello ü" + plainChatEnd, "Hello ü", true},
		"Generate":   {head + plainWhole + "Hello" + plainWholeEnd, "Hello", true},
		"Escaped":    {head + plainChat + `a\nb` + plainChatEnd, "", false},
		"Thinking":   {head + plainChat + `a","thinking":"b` + plainChatEnd, "", false},
		"Done":       {head + plainChat + `a"},"done":true}`, "", false},
		"Empty":      {head + plainChat + plainChatEnd, "", false},
		"BadUTF8":    {head + plainChat + "\xff" + plainChatEnd, "", false},
		"Error":      {`{"error":"x"}`, "", false},
		"OtherOrder": {`{"done":false,"model":"m","message":{"content":"x"}}`, "", false},
	}
	for name, c := range cases {
		if got, ok := plainText([]byte(c.line)); ok != c.ok || string(got) != c.want {
			t.Errorf("%s: %q, %v", name, got, ok)
		}
	}
}

// FuzzStream checks that whatever an Ollama answers, a client of any codec gets valid lines that are not too long, or an error.
func FuzzStream(f *testing.F) {
	for _, name := range []string{"ToolsStream", "ThinkStream", "CompletionStream", "StreamBreaks"} {
		f.Add(section(f, "upstream/"+name, "upstream stream"))
	}
	f.Fuzz(func(t *testing.T, upstream []byte) {
		for _, cd := range []protocol.ChatCodec{NewChat(), NewGenerate()} {
			req := &chat.Request{Model: "m"}
			if a, err := NewDecoder(req).Whole(upstream); err == nil && !json.Valid(cd.Answer(req, a)) {
				t.Errorf("Answer: %q", cd.Answer(req, a))
			}
			for line := range strings.Lines(translated(cd, req, string(upstream))) {
				long := len(line) > sse.MaxLine && !strings.Contains(line, `"tool_calls"`)
				if long || !json.Valid([]byte(line)) && !strings.Contains(line, "upstream") {
					t.Errorf("a line of %d bytes: %q", len(line), line)
				}
			}
		}
		if e := Failure(len(upstream)%700, upstream); e.Status < http.StatusBadRequest || !json.Valid(Errors{}.Body(e, "")) {
			t.Errorf("Failure: %d %q", e.Status, e.Message)
		}
	})
}

// FuzzDecode checks that every JSON object is either read and can be sent on, or refused with a 4xx.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"client/Chat", "client/ChatTools", "client/Generate", "embedding/Embed", "embedding/Embeddings"} {
		f.Add(section(f, name, "request"))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := jsonscan.Scan(&jsonscan.Spec{Stream: true}, body); err != nil {
			return
		}
		for _, cd := range []protocol.ChatCodec{NewChat(), NewGenerate()} {
			mustBeTheClients(t, translate(t, cd, body))
		}
		for _, cd := range []protocol.EmbeddingCodec{Embed{}, Embeddings{}} {
			_, err := cd.Decode(nil, body)
			mustBeTheClients(t, err)
		}
	})
}

// translate reads a request and writes it for an Ollama.
func translate(t *testing.T, cd protocol.ChatCodec, body []byte) error {
	t.Helper()
	req, err := cd.Decode(nil, body)
	if err != nil {
		return err
	}
	_, out, _, err := EncodeChat(req, "m")
	if err == nil && !json.Valid(out) {
		t.Errorf("EncodeChat: %q", out)
	}
	return err
}

// mustBeTheClients fails unless there is no error or it is a 400.
func mustBeTheClients(t *testing.T, err error) {
	t.Helper()
	if e, ok := errors.AsType[*fault.Error](err); err != nil && (!ok || e.Status != http.StatusBadRequest) {
		t.Errorf("%v, want a 400", err)
	}
}
