package bedrock

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

func TestNativeIsNothing(t *testing.T) {
	for _, name := range []protocol.Name{protocol.OpenAI, protocol.Anthropic, protocol.Gemini, protocol.Ollama} {
		call := &protocol.Call{Endpoint: protocol.Endpoint{Protocol: name, Operation: protocol.Chat}}
		if out, ok := New().Native(call, "m", true); ok {
			t.Errorf("%s passes untouched: %+v", name, out)
		}
	}
}

func userSays(parts ...chat.Part) *chat.Request {
	return &chat.Request{Messages: []chat.Message{{Role: chat.RoleUser, Parts: parts}}}
}

func TestEncodeRefuses(t *testing.T) {
	cases := map[string]*chat.Request{
		"URL":      userSays(chat.Part{Kind: chat.KindMedia, Media: &chat.Media{Kind: chat.MediaImage, URL: "http://10.0.0.1/x.png"}}),
		"File":     userSays(chat.Part{Kind: chat.KindMedia, Media: &chat.Media{Kind: chat.MediaDocument, FileID: "file_1"}}),
		"Image":    userSays(chat.Part{Kind: chat.KindMedia, Media: &chat.Media{Kind: chat.MediaImage, Type: "image/svg+xml", Data: "AAAA"}}),
		"Document": userSays(chat.Part{Kind: chat.KindMedia, Media: &chat.Media{Kind: chat.MediaDocument, Type: "application/zip", Data: "AAAA"}}),
		"InResult": userSays(chat.Part{Kind: chat.KindToolResult, ToolResult: &chat.ToolResult{ID: "a", Parts: []chat.Part{
			{Kind: chat.KindMedia, Media: &chat.Media{Kind: "hologram", Data: "AAAA"}},
		}}}),
		"InSystem": {Messages: []chat.Message{
			{Role: chat.RoleSystem, Parts: []chat.Part{{Kind: chat.KindMedia, Media: &chat.Media{Kind: chat.MediaImage, Type: "image/png", Data: "AAAA"}}}},
			{Role: chat.RoleUser, Parts: []chat.Part{chat.Text("hi")}},
		}},
		"Nothing": userSays(chat.Text(" \n")),
	}
	for name, req := range cases {
		for _, model := range []string{"amazon.nova-lite-v1:0", "anthropic.claude-opus-4-7"} {
			_, err := New().EncodeChat(req, model)
			if e, ok := errors.AsType[*fault.Error](err); !ok || e.Status != http.StatusBadRequest || e.Param != "messages" {
				t.Errorf("%s, %s: %v, want a 400", name, model, err)
			}
			if _, err := New().EncodeCount(req, model); err == nil {
				t.Errorf("%s, %s: tokens can be counted", name, model)
			}
		}
	}
}

// TestMediaTypes: each kind of file has a format, and goes where Converse has it.
func TestMediaTypes(t *testing.T) {
	cases := map[string]struct{ kind, mime, want string }{
		"JPG":       {chat.MediaImage, "image/jpg", `"image":{"format":"jpeg"`},
		"WebP":      {chat.MediaImage, "image/webp", `"image":{"format":"webp"`},
		"Word":      {chat.MediaDocument, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", `"document":{"format":"docx"`},
		"OldWord":   {chat.MediaDocument, "application/msword", `"document":{"format":"doc"`},
		"Excel":     {chat.MediaDocument, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", `"document":{"format":"xlsx"`},
		"OldExcel":  {chat.MediaDocument, "application/vnd.ms-excel", `"document":{"format":"xls"`},
		"HTML":      {chat.MediaDocument, "text/html; charset=utf-8", `"document":{"format":"html"`},
		"Markdown":  {chat.MediaDocument, "text/markdown", `"document":{"format":"md"`},
		"Text":      {chat.MediaDocument, "text/plain", `"document":{"format":"txt"`},
		"MP4":       {chat.MediaVideo, "video/mp4", `"video":{"format":"mp4"`},
		"QuickTime": {chat.MediaVideo, "video/quicktime", `"video":{"format":"mov"`},
		"Matroska":  {chat.MediaVideo, "video/x-matroska", `"video":{"format":"mkv"`},
		"Flash":     {chat.MediaVideo, "video/x-flv", `"video":{"format":"flv"`},
		"WMV":       {chat.MediaVideo, "video/x-ms-wmv", `"video":{"format":"wmv"`},
		"3GP":       {chat.MediaVideo, "video/3gpp", `"video":{"format":"three_gp"`},
		"MP3":       {chat.MediaAudio, "audio/mpeg", `"audio":{"format":"mp3"`},
		"WAV":       {chat.MediaAudio, "audio/x-wav", `"audio":{"format":"wav"`},
		"Ogg":       {chat.MediaAudio, "audio/ogg", `"audio":{"format":"ogg"`},
	}
	for name, c := range cases {
		part := chat.Part{Kind: chat.KindMedia, Media: &chat.Media{Kind: c.kind, Type: c.mime, Data: "AAAA"}}
		out, err := New().EncodeChat(userSays(chat.Text("x"), part), "amazon.nova-pro-v1:0")
		if err != nil || !strings.Contains(string(bytes.Join(out.Body, nil)), c.want) {
			t.Errorf("%s: %s, %v", name, out.Body, err)
		}
	}
}

func TestError(t *testing.T) {
	cases := map[string]struct {
		status     int
		kind, body string
		want       fault.Error
	}{
		"Throttled": {
			429, "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/", `{"message":"Too many requests"}`,
			fault.Error{Status: 429, Code: fault.CodeRateLimited, Message: "Too many requests", RetryAfter: 2 * time.Second},
		},
		"Quota":    {400, "ServiceQuotaExceededException", `{"message":"m"}`, fault.Error{Status: 429, Code: fault.CodeRateLimited, Message: "m"}},
		"NotReady": {429, "ModelNotReadyException", `{"message":"m"}`, fault.Error{Status: 503, Code: fault.CodeUnavailable, Message: "m"}},
		"Busy":     {503, "ServiceUnavailableException", `{"Message":"m"}`, fault.Error{Status: 503, Code: fault.CodeUnavailable, Message: "m"}},
		"Timeout":  {408, "ModelTimeoutException", `{"message":"m"}`, fault.Error{Status: 504, Code: fault.CodeTimeout, Message: "m"}},
		"Model":    {424, "ModelErrorException", `{"message":"m"}`, fault.Error{Status: 502, Code: fault.CodeUpstream, Message: "m"}},
		"Internal": {500, "InternalServerException", `{"message":"m"}`, fault.Error{Status: 502, Code: fault.CodeUpstream, Message: "m"}},
		"NoModel":  {404, "ResourceNotFoundException", `{"message":"m"}`, fault.Error{Status: 404, Param: "model", Code: fault.CodeModelNotFound, Message: "m"}},
		"BadModel": {
			400, "ValidationException", `{"message":"The provided model identifier is invalid."}`,
			fault.Error{Status: 404, Param: "model", Code: fault.CodeModelNotFound, Message: "The provided model identifier is invalid."},
		},
		"TooLong": {
			400, "ValidationException", `{"message":"Input is too long for requested model."}`,
			fault.Error{Status: 400, Code: fault.CodeContextLength, Message: "Input is too long for requested model."},
		},
		"Invalid": {400, "ValidationException", `{"message":"m"}`, fault.Error{Status: 400, Code: fault.CodeInvalidValue, Message: "m"}},
		"Denied": {
			403, "AccessDeniedException", `{"message":"User: arn:aws:sts::123456789012:assumed-role/x is not authorized"}`,
			fault.Error{Status: 403, Message: "The upstream refused the gateway's credentials, or what they may use."},
		},
		"BadToken": {
			403, "UnrecognizedClientException", `{"message":"The security token included in the request is invalid."}`,
			fault.Error{Status: 401, Message: "The upstream refused the gateway's credentials, or what they may use."},
		},
		"BadKey": {
			403, "AccessDeniedException", `{"Message":"Authentication failed: Please make sure your API Key is valid."}`,
			fault.Error{Status: 401, Message: "The upstream refused the gateway's credentials, or what they may use."},
		},
		"TypeInBody": {400, "", `{"__type":"com.amazon.coral.service#ThrottlingException","message":"m"}`, fault.Error{Status: 429, Code: fault.CodeRateLimited, Message: "m"}},
		"NoType":     {429, "", `{"message":"m"}`, fault.Error{Status: 429, Code: fault.CodeRateLimited, Message: "m"}},
		"NoTypeBusy": {503, "", `{"message":"m"}`, fault.Error{Status: 503, Code: fault.CodeUnavailable, Message: "m"}},
		"NoTypeSlow": {504, "", `{"message":"m"}`, fault.Error{Status: 504, Code: fault.CodeTimeout, Message: "m"}},
		"TooLarge":   {413, "", `{"message":"m"}`, fault.Error{Status: 413, Message: "m"}},
		"Nothing":    {500, "", `<html>`, fault.Error{Status: 502, Code: fault.CodeUpstream, Message: "The upstream reported an error without a reason."}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h := http.Header{"X-Amzn-Errortype": {c.kind}}
			if c.want.RetryAfter > 0 {
				h.Set("Retry-After", "2")
			}
			if diff := cmp.Diff(&c.want, New().Error(c.status, h, []byte(c.body))); diff != "" {
				t.Errorf("Error: -want +got\n%s", diff)
			}
		})
	}
}

func section(t testing.TB, file, name string) string {
	t.Helper()
	ar, err := txtar.ParseFile("testdata/" + file + ".txtar")
	if err != nil {
		t.Fatalf("reading the case: %v", err)
	}
	for _, f := range ar.Files {
		if f.Name == name {
			return strings.TrimSpace(string(f.Data))
		}
	}
	t.Fatalf("%s has no section %s", file, name)
	return ""
}

func decodeStream(src io.Reader) (string, error) {
	var got golden.Events
	err := New().DecodeChat(&chat.Request{}).Stream(src, got.Event)
	return got.End(nil), err
}

// TestStreamCutAnywhere cuts a stream after every byte: before the reason why the model stopped it must end in an error, and what was
// emitted must be a beginning of the whole.
func TestStreamCutAnywhere(t *testing.T) {
	wire := frames(t, section(t, "stream/Tools", "upstream"))
	whole, err := decodeStream(iotest.OneByteReader(bytes.NewReader(wire)))
	if err != nil {
		t.Fatalf("Stream: %v", err)
	}
	for n := range wire {
		got, err := decodeStream(bytes.NewReader(wire[:n]))
		finished := strings.Contains(got, "finish")
		if !strings.HasPrefix(whole, got) || finished != (err == nil) || !finished && !errors.Is(err, chat.ErrUnfinished) {
			t.Fatalf("cut after %d of %d bytes: %v, %s", n, len(wire), err, got)
		}
	}
}

func TestStreamEmitErrors(t *testing.T) {
	wire := frames(t, section(t, "stream/Tools", "upstream"))
	for after := range 14 {
		left := after
		err := New().DecodeChat(&chat.Request{}).Stream(bytes.NewReader(wire), func(*chat.Event) error {
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

func TestStreamFails(t *testing.T) {
	broken := errors.New("connection reset")
	hello := frames(t, `event messageStart {"role":"assistant"}`)
	damaged := bytes.Clone(hello)
	damaged[len(damaged)-1] ^= 1
	cases := map[string]struct {
		src  io.Reader
		want string
	}{
		"Reset":     {io.MultiReader(bytes.NewReader(hello), iotest.ErrReader(broken)), "connection reset"},
		"Checksum":  {bytes.NewReader(damaged), "checksum"},
		"NoStream":  {strings.NewReader(`{"message":"this is JSON, and long enough for a head"}`), "stream"},
		"NoJSON":    {bytes.NewReader(frames(t, `event contentBlockDelta {`)), "contentBlockDelta"},
		"Error":     {bytes.NewReader(frames(t, `error x {}`)), "broke off"},
		"Malformed": {bytes.NewReader(frames(t, `event messageStop {"stopReason":"malformed_model_output"}`)), "cannot be read"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := decodeStream(c.src); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Stream: %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestWholeRefuses(t *testing.T) {
	for name, body := range map[string]string{"NoJSON": `<html>`, "NotDone": `{"output":{"message":{"content":[{"text":"x"}]}}}`} {
		if a, err := New().DecodeChat(&chat.Request{}).Whole([]byte(body)); err == nil {
			t.Errorf("%s: %+v, want an error", name, a)
		}
	}
}

// TestThoughtsAreHidden from a client that does not want to see them; their signature goes round the loop all the same.
func TestThoughtsAreHidden(t *testing.T) {
	hide := false
	d := New().DecodeChat(&chat.Request{Reasoning: &chat.Reasoning{Show: &hide}})
	a, err := d.Whole([]byte(section(t, "answer/Tools", "upstream")))
	if err != nil || a.Choices[0].Parts[0].Text != "" || a.Choices[0].Parts[0].Signature.Value != "c2ln" {
		t.Errorf("Whole: %+v, %v", a, err)
	}
	var got golden.Events
	err = d.Stream(bytes.NewReader(frames(t, section(t, "stream/Tools", "upstream"))), got.Event)
	if text := got.End(err); strings.Contains(text, "thinking") || !strings.Contains(text, "anthropic:c2ln") {
		t.Errorf("Stream: %s", text)
	}
}

func TestCount(t *testing.T) {
	if n, err := New().DecodeCount([]byte(`{"inputTokens":14}`)); n != 14 || err != nil {
		t.Errorf("DecodeCount: %d, %v", n, err)
	}
	for _, body := range []string{`{}`, `<html>`} {
		if n, err := New().DecodeCount([]byte(body)); err == nil {
			t.Errorf("DecodeCount %s: %d, want an error", body, n)
		}
	}
	for model, want := range map[string]string{
		"eu.amazon.nova-pro-v1:0":                            "/model/amazon.nova-pro-v1%3A0/count-tokens",
		"amazon.nova-pro-v1:0":                               "/model/amazon.nova-pro-v1%3A0/count-tokens",
		"arn:aws:bedrock:us-east-1:1:inference-profile/us.x": "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x/count-tokens",
	} {
		if out, err := New().EncodeCount(userSays(chat.Text("x")), model); err != nil || out.Path != want || out.Lost != nil {
			t.Errorf("EncodeCount for %s: %+v, %v", model, out, err)
		}
	}
}

func TestEmbedding(t *testing.T) {
	params := chat.Params{
		{Name: embedding.ParamDimensions, As: "dimensions", Value: json.RawMessage("256")},
		{Name: embedding.ParamTruncate, As: "truncate", Value: json.RawMessage("true")},
	}
	query := append(params[1:2:2], chat.Param{Name: "input_type", As: "input_type", Value: json.RawMessage(`"search_query"`)})
	cases := map[string]struct {
		model, body, answer string
		inputs              []string
		params              chat.Params
		lost                int
		want                embedding.Answer
	}{
		"Titan": {
			"amazon.titan-embed-text-v2:0", `{"inputText":"a","dimensions":256}`, `{"embedding":[0.5,1],"inputTextTokenCount":3}`,
			[]string{"a"},
			params, 1,
			embedding.Answer{Vectors: [][]float32{{0.5, 1}}, Usage: chat.Usage{Known: true, InputTokens: 3}},
		},
		"CohereV3": {
			"cohere.embed-english-v3", `{"texts":["a","b"],"input_type":"search_query","truncate":"END"}`, `{"embeddings":[[1],[2]]}`,
			[]string{"a", "b"},
			query, 0,
			embedding.Answer{Vectors: [][]float32{{1}, {2}}},
		},
		"CohereV4": {
			"us.cohere.embed-v4:0", `{"texts":["a"],"input_type":"search_document","truncate":"END","output_dimension":256}`, `{"embeddings":{"float":[[1]]}}`,
			[]string{"a"},
			params, 0,
			embedding.Answer{Vectors: [][]float32{{1}}},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			req := &embedding.Request{Inputs: c.inputs, Params: c.params}
			out, err := New().EncodeEmbedding(req, c.model)
			if err != nil || !strings.HasSuffix(out.Path, "/invoke") || string(bytes.Join(out.Body, nil)) != c.body || len(out.Lost) != c.lost {
				t.Errorf("EncodeEmbedding: %s %s, lost %v, %v", out.Path, out.Body, out.Lost, err)
			}
			a, err := New().DecodeEmbedding(req, []byte(c.answer))
			if err != nil {
				t.Fatalf("DecodeEmbedding: %v", err)
			}
			if diff := cmp.Diff(&c.want, a); diff != "" {
				t.Errorf("DecodeEmbedding: -want +got\n%s", diff)
			}
		})
	}
}

func TestEmbeddingRefuses(t *testing.T) {
	for model, inputs := range map[string][]string{"amazon.titan-embed-text-v2:0": {"a", "b"}, "anthropic.claude-opus-4-7": {"a"}} {
		_, err := New().EncodeEmbedding(&embedding.Request{Inputs: inputs}, model)
		if e, ok := errors.AsType[*fault.Error](err); !ok || e.Status != http.StatusBadRequest {
			t.Errorf("%s: %v, want a 400", model, err)
		}
	}
	req := &embedding.Request{Inputs: []string{"a"}}
	for _, body := range []string{`{}`, `<html>`, `{"embeddings":[]}`, `{"embeddings":{"int8":[[1]]}}`, `{"embeddings":["x"]}`} {
		if a, err := New().DecodeEmbedding(req, []byte(body)); err == nil {
			t.Errorf("DecodeEmbedding %s: %+v, want an error", body, a)
		}
	}
}

// FuzzStream checks that no bytes do harm, and that what is emitted is in order.
func FuzzStream(f *testing.F) {
	for _, name := range []string{"Tools", "Throttled", "Cut"} {
		f.Add(frames(f, section(f, "stream/"+name, "upstream")))
	}
	f.Add([]byte(`{"output":{"message":{"content":[{"text":"x"}]}},"stopReason":"end_turn"}`))
	f.Fuzz(func(t *testing.T, wire []byte) {
		d := New().DecodeChat(&chat.Request{})
		for _, p := range streamed(t, d, wire) {
			if p.ToolCall != nil && len(p.ToolCall.Arguments) == 0 {
				t.Errorf("a call without arguments: %+v", p.ToolCall)
			}
		}
		if a, err := d.Whole(wire); err == nil && (len(a.Choices) != 1 || a.Choices[0].Finish.Reason == "") {
			t.Errorf("Whole: %+v", a)
		}
		if e := New().Error(len(wire)%700, nil, wire); e.Status < http.StatusBadRequest || e.Message == "" {
			t.Errorf("Error: %+v", e)
		}
	})
}

// streamed are the parts of the answer in a stream, none where it is not complete.
func streamed(t *testing.T, d provider.ChatDecoder, wire []byte) []chat.Part {
	t.Helper()
	var c chat.Collector
	s := chat.NewSequence(c.Event)
	if d.Stream(bytes.NewReader(wire), s.Event) != nil {
		return nil
	}
	if err := s.End(); err != nil {
		t.Errorf("a stream without an end is complete: %v", err)
		return nil
	}
	return c.Answer().Choices[0].Parts
}

// FuzzEncode checks that any neutral request is either translated into valid JSON or refused with a 400.
func FuzzEncode(f *testing.F) {
	for _, name := range []string{"Conversation", "Parameters", "GptOSS", "NoneWithHistory"} {
		f.Add([]byte(section(f, "request/"+name, "chat")))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var req chat.Request
		if json.Unmarshal(doc, &req) != nil || !sound(&req) {
			return
		}
		for _, model := range []string{"amazon.nova-lite-v1:0", "openai.gpt-oss-20b-1:0", "anthropic.claude-sonnet-4-5"} {
			out, err := New().EncodeChat(&req, model)
			if e, ok := errors.AsType[*fault.Error](err); err != nil && (!ok || e.Status != http.StatusBadRequest) {
				t.Errorf("%s: %v, want a 400", model, err)
			}
			if err == nil && !json.Valid(bytes.Join(out.Body, nil)) {
				t.Errorf("%s: %s", model, out.Body)
			}
		}
	})
}

// sound says whether a decoder could have made the request: parts have what their kind says.
func sound(req *chat.Request) bool {
	for _, m := range req.Messages {
		for _, p := range m.Parts {
			if !soundPart(&p) {
				return false
			}
		}
	}
	return req.Format == nil || req.Format.Schema != nil
}

func soundPart(p *chat.Part) bool {
	want := chat.Part{Kind: p.Kind, Text: p.Text, Signature: p.Signature, CacheControl: p.CacheControl}
	switch p.Kind {
	case chat.KindText, chat.KindThinking, chat.KindRedacted:
	case chat.KindMedia:
		want.Media = orNew(p.Media)
	case chat.KindToolCall:
		want.ToolCall = orNew(p.ToolCall)
	case chat.KindToolResult:
		want.ToolResult = orNew(p.ToolResult)
	default:
		return false
	}
	same := p.Media == want.Media && p.ToolCall == want.ToolCall && p.ToolResult == want.ToolResult
	return same && (p.ToolResult == nil || soundResult(p.ToolResult))
}

func orNew[T any](p *T) *T {
	if p == nil {
		return new(T)
	}
	return p
}

func soundResult(r *chat.ToolResult) bool {
	return !slices.ContainsFunc(r.Parts, func(p chat.Part) bool {
		return p.Kind != chat.KindText && p.Kind != chat.KindMedia || !soundPart(&p)
	})
}
