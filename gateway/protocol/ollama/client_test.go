package ollama

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
)

func TestDecodeRefuses(t *testing.T) {
	cases := map[string]struct {
		path, body  string
		param, code string
	}{
		"NoRole":          {PathChat, `{"messages":[{"content":"x"}]}`, "messages[0].role", fault.CodeMissingParameter},
		"Role":            {PathChat, `{"messages":[{"role":"critic","content":"x"}]}`, "messages[0].role", fault.CodeInvalidValue},
		"Content":         {PathChat, `{"messages":[{"role":"user","content":[]}]}`, "messages[0].content", fault.CodeInvalidType},
		"Messages":        {PathChat, `{"messages":"hi"}`, "messages", fault.CodeInvalidType},
		"Image":           {PathChat, `{"messages":[{"role":"user","images":["%%%"]}]}`, "messages[0].images[0]", fault.CodeInvalidValue},
		"Arguments":       {PathChat, `{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}]}`, "messages[0].tool_calls[0].function.arguments", fault.CodeInvalidType},
		"CallOfNothing":   {PathChat, `{"messages":[{"role":"assistant","tool_calls":[{}]}]}`, "messages[0].tool_calls[0].function", fault.CodeMissingParameter},
		"CallWithoutName": {PathChat, `{"messages":[{"role":"assistant","tool_calls":[{"function":{}}]}]}`, "messages[0].tool_calls[0].function.name", fault.CodeMissingParameter},
		"ResultOfNothing": {PathChat, `{"messages":[{"role":"tool","content":"x"}]}`, "messages[0].tool_call_id", fault.CodeMissingParameter},
		"ToolOfNothing":   {PathChat, `{"tools":[{"type":"function"}]}`, "tools[0].function", fault.CodeMissingParameter},
		"ToolWithoutName": {PathChat, `{"tools":[{"function":{}}]}`, "tools[0].function.name", fault.CodeMissingParameter},
		"Format":          {PathChat, `{"format":"yaml"}`, "format", fault.CodeInvalidValue},
		"Think":           {PathChat, `{"think":"hard"}`, "think", fault.CodeInvalidValue},
		"ThinkType":       {PathGenerate, `{"think":1}`, "think", fault.CodeInvalidType},
		"Stream":          {PathGenerate, `{"stream":"yes"}`, "stream", fault.CodeInvalidType},
		"Options":         {PathGenerate, `{"options":[]}`, "options", fault.CodeInvalidType},
		"Temperature":     {PathGenerate, `{"options":{"temperature":"hot"}}`, "options.temperature", fault.CodeInvalidType},
		"NumPredict":      {PathGenerate, `{"options":{"num_predict":1.5}}`, "options.num_predict", fault.CodeInvalidType},
		"Prompt":          {PathGenerate, `{"prompt":["a"]}`, "prompt", fault.CodeInvalidType},
		"NoInput":         {PathEmbed, `{}`, "input", fault.CodeMissingParameter},
		"InputTokens":     {PathEmbed, `{"input":[1,2]}`, "input", fault.CodeInvalidType},
		"InputEmpty":      {PathEmbed, `{"input":[]}`, "input", fault.CodeInvalidValue},
		"NoPrompt":        {PathEmbeddings, `{}`, "prompt", fault.CodeMissingParameter},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := decode(c.path, c.body)
			e, ok := errors.AsType[*fault.Error](err)
			if !ok || e.Status != http.StatusBadRequest || e.Param != c.param || e.Code != c.code {
				t.Fatalf("Decode: %s, want 400 code=%s param=%s", golden.Fault(err), c.code, c.param)
			}
			if got := (Errors{}).Body(e, "req_1"); !json.Valid(got) || !strings.Contains(string(got), c.param) {
				t.Errorf("Body: %s", got)
			}
		})
	}
}

func decode(path, body string) error {
	var err error
	switch path {
	case PathChat:
		_, err = NewChat().Decode(&protocol.Call{}, []byte(body))
	case PathGenerate:
		_, err = NewGenerate().Decode(&protocol.Call{}, []byte(body))
	case PathEmbed:
		_, err = Embed{}.Decode(&protocol.Call{}, []byte(body))
	case PathEmbeddings:
		_, err = Embeddings{}.Decode(&protocol.Call{}, []byte(body))
	}
	return err
}

// TestTrapStreamDefaultsToTrue: Ollama streams unless it is told not to, unlike every other protocol.
func TestTrapStreamDefaultsToTrue(t *testing.T) {
	for body, want := range map[string]bool{`{}`: true, `{"stream":null}`: true, `{"stream":true}`: true, `{"stream":false}`: false} {
		for name, cd := range map[string]protocol.ChatCodec{"Chat": NewChat(), "Generate": NewGenerate()} {
			if req, err := cd.Decode(&protocol.Call{}, []byte(body)); err != nil || req.Stream != want {
				t.Errorf("%s %s: %+v, %v, want stream %v", name, body, req, err, want)
			}
		}
	}
}

// TestTrapNoQuestionIsAskedToLoad: a request without messages or prompt loads or unloads a model; other providers would refuse it.
func TestTrapNoQuestionIsAskedToLoad(t *testing.T) {
	cases := map[string]struct {
		path, body, want string
	}{
		"Load":           {PathGenerate, `{"model":"m"}`, "load"},
		"Unload":         {PathGenerate, `{"model":"m","prompt":"","keep_alive":0}`, "unload"},
		"UnloadDuration": {PathChat, `{"model":"m","messages":[],"keep_alive":"0s"}`, "unload"},
		"LoadFor":        {PathChat, `{"model":"m","keep_alive":"5m"}`, "load"},
		"LoadForever":    {PathChat, `{"model":"m","keep_alive":-1}`, "load"},
		"LoadNonsense":   {PathChat, `{"model":"m","keep_alive":{}}`, "load"},
		"Question":       {PathGenerate, `{"model":"m","prompt":"hi","keep_alive":0}`, ""},
		"ChatQuestion":   {PathChat, `{"model":"m","messages":[{"role":"user","content":"hi"}]}`, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cd := codec(t, c.path)
			req, err := cd.Decode(&protocol.Call{}, []byte(c.body))
			if err != nil {
				t.Fatalf("Decode: %v", err)
			}
			got, ok := cd.(interface {
				Unasked(*chat.Request) ([]byte, bool)
			}).Unasked(req)
			var a answer
			if ok && json.Unmarshal(got, &a) != nil {
				t.Errorf("Unasked: %s", got)
			}
			if ok != (c.want != "") || a.DoneReason != c.want || a.Done != ok {
				t.Errorf("Unasked: %s, %v, want %q", got, ok, c.want)
			}
		})
	}
}

// TestSignaturesGoRound: what the model thought, and its calls, come back with their signatures although Ollama has no place for
// them.
func TestSignaturesGoRound(t *testing.T) {
	thought := chat.Part{Kind: chat.KindThinking, Text: "Hm.", Signature: chat.Signature{Origin: chat.OriginAnthropic, Value: "s1+/="}}
	google := chat.Signature{Origin: chat.OriginGoogle, Value: "s2"}
	call := func(id string, s chat.Signature) chat.Part {
		return chat.Part{Kind: chat.KindToolCall, Signature: s, ToolCall: &chat.ToolCall{ID: id, Name: "f", Arguments: json.RawMessage(`{}`)}}
	}
	unsigned := chat.Part{Kind: chat.KindThinking, Text: "Hm."}
	cases := map[string]struct {
		parts, want []chat.Part
	}{
		"Thinking": {[]chat.Part{thought, call("a", chat.Signature{}), call("b", chat.Signature{})}, nil},
		"Calls":    {[]chat.Part{unsigned, call("a", google), call("b", chat.Signature{})}, nil},
		"Silent":   {[]chat.Part{{Kind: chat.KindThinking, Signature: thought.Signature}, call("a", chat.Signature{})}, nil},
		"NotToBeToldApart": {
			[]chat.Part{thought, thought, call("a", chat.Signature{})},
			[]chat.Part{{Kind: chat.KindThinking, Text: "Hm.Hm."}, call("a", chat.Signature{})},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if c.want == nil {
				c.want = c.parts
			}
			a := chat.Answer{Choices: []chat.Choice{{Parts: c.parts, Finish: chat.Finish{Reason: chat.FinishToolCalls}}}}
			req := &chat.Request{Model: "m"}
			cd := Chat{now: ticking()}
			whole := cd.Answer(req, &a)
			out := golden.NewOutput()
			if err := a.Events(chat.NewSequence(cd.Stream(nil, req, out).Event).Event); err != nil {
				t.Fatalf("Events: %v", err)
			}
			for how, text := range map[string]string{"whole": string(whole), "stream": out.String()} {
				again, err := cd.Decode(nil, sentBack(t, text))
				if err != nil {
					t.Fatalf("%s: Decode: %v", how, err)
				}
				if diff := cmp.Diff(c.want, again.Messages[0].Parts); diff != "" {
					t.Errorf("%s: -want +got\n%s", how, diff)
				}
			}
		})
	}
}

// sentBack is a request with the message that a client puts together from the lines of an answer.
func sentBack(t *testing.T, lines string) []byte {
	t.Helper()
	m := message{Role: roleAssistant}
	for line := range strings.Lines(lines) {
		var a answer
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("the line %q: %v", line, err)
		}
		m.Content, m.Thinking = m.Content+a.Message.Content, m.Thinking+a.Message.Thinking
		m.ToolCalls = append(m.ToolCalls, a.Message.ToolCalls...)
	}
	return jsonwrite.Must(map[string]any{"messages": []message{m}})
}

// TestTrapArgumentsAreAnObject: Ollama's clients read arguments as an object on one line; what is none is shown as text.
func TestTrapArgumentsAreAnObject(t *testing.T) {
	cases := map[string]struct{ arguments, want string }{
		"Indented": {"{\n \"a\": [1,\r\n2]\n}", `"tool_calls":[{"id":"x","function":{"index":0,"name":"f","arguments":{"a":[1,2]}}}]`},
		"Cut":      {`{"a":"long`, `"content":"{\"a\":\"long"`},
		"List":     {`[1]`, `"content":"[1]"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a := chat.Answer{Choices: []chat.Choice{{Parts: []chat.Part{
				{Kind: chat.KindToolCall, ToolCall: &chat.ToolCall{ID: "x", Name: "f", Arguments: json.RawMessage(c.arguments)}},
			}}}}
			out, req := golden.NewOutput(), &chat.Request{Model: "m"}
			if err := a.Events(NewChat().Stream(nil, req, out).Event); err != nil {
				t.Fatalf("Events: %v", err)
			}
			for how, got := range map[string]string{"stream": out.String(), "whole": string(NewChat().Answer(req, &a))} {
				if !strings.Contains(got, c.want) || !json.Valid([]byte(got)) {
					t.Errorf("%s: %s, want %s in it", how, got, c.want)
				}
			}
		})
	}
}

// TestTrapStreamEndsWithDone: ollama-js raises an error for a stream without a line that says done, and for a line with an error.
func TestTrapStreamEndsWithDone(t *testing.T) {
	out := golden.NewOutput()
	w := Chat{now: ticking()}.Stream(nil, &chat.Request{Model: "m"}, out)
	if err := w.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if !strings.Contains(out.String(), `"done":true,"done_reason":"stop"`) || !strings.HasSuffix(out.String(), "}\n") {
		t.Errorf("Close: %q", out.String())
	}
	out.Reset()
	if err := w.Fail(fault.BadGateway("it \"broke\"\n")); err != nil || out.String() != `{"error":"it \"broke\"\n"}`+"\n" {
		t.Errorf("Fail: %q, %v", out.String(), err)
	}
}

func TestContentFilterIsNoStop(t *testing.T) {
	a := chat.Answer{Choices: []chat.Choice{{Finish: chat.Finish{Reason: chat.FinishContentFilter}}}}
	if got := string(NewGenerate().Answer(&chat.Request{Model: "m"}, &a)); !strings.Contains(got, `"done_reason":"content_filter"`) {
		t.Errorf("Answer: %s", got)
	}
	if got := string(NewGenerate().Answer(&chat.Request{Model: "m"}, &chat.Answer{})); !strings.Contains(got, `"response":""`) {
		t.Errorf("an answer without choices: %s", got)
	}
}

func TestVectorsAreJSON(t *testing.T) {
	v := []float32{1, -0.5, 1e-7, 3e20, float32(math.Inf(1)), float32(math.NaN())}
	got := Embed{}.Answer(&embedding.Request{Model: "m"}, &embedding.Answer{Vectors: [][]float32{v, nil}})
	var doc struct{ Embeddings [][]float32 }
	if err := json.Unmarshal(got, &doc); err != nil {
		t.Fatalf("Answer: %s: %v", got, err)
	}
	if diff := cmp.Diff([][]float32{{1, -0.5, 1e-7, 3e20, 0, 0}, {}}, doc.Embeddings); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got := string(Embeddings{}.Answer(nil, &embedding.Answer{})); got != `{"embedding":[]}` {
		t.Errorf("no vector: %s", got)
	}
}

func TestModels(t *testing.T) {
	models := []protocol.Model{{Name: "coder", Created: time.Unix(1_800_000_000, 0)}, {Name: "llama3"}}
	var tags struct{ Models []listed }
	if err := json.Unmarshal(Models(models), &tags); err != nil || len(tags.Models) != 2 {
		t.Fatalf("Models: %s, %v", Models(models), err)
	}
	if m := tags.Models[0]; m.Name != "coder" || m.Model != "coder" || len(m.Digest) < 12 || !m.ModifiedAt.Equal(models[0].Created) {
		t.Errorf("Models: %+v", m)
	}
	if string(Models(nil)) != `{"models":[]}` || string(Running()) != `{"models":[]}` {
		t.Errorf("no models: %s %s", Models(nil), Running())
	}
	if got := string(Version()); got != `{"version":"0.17.4"}` {
		t.Errorf("Version: %s", got)
	}
}

func TestModel(t *testing.T) {
	var doc shown
	if err := json.Unmarshal(Model(protocol.Model{Name: "coder"}), &doc); err != nil || doc.ModelInfo["general.basename"] != "coder" {
		t.Errorf("Model: %+v, %v", doc, err)
	}
}
