package gemini

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// TestCount reads both forms of countTokens: https://ai.google.dev/api/tokens#method:-models.counttokens
func TestCount(t *testing.T) {
	want := []chat.Message{
		{Role: chat.RoleSystem, Parts: []chat.Part{chat.Text("s")}}, {Role: chat.RoleUser, Parts: []chat.Part{chat.Text("a")}},
	}
	for name, body := range map[string]string{
		"Inside": `{"generateContentRequest":{"model":"models/assistant","contents":[{"parts":[{"text":"a"}]}],"systemInstruction":{"parts":[{"text":"s"}]}}}`,
		"Flat":   `{"contents":[{"parts":[{"text":"a"}]}],"systemInstruction":{"parts":[{"text":"s"}]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			req, err := Count{}.Decode(newCall(protocol.CountTokens, ":countTokens"), []byte(body))
			if err != nil {
				t.Fatalf("Decode: %v", err)
			}
			if diff := cmp.Diff(want, req.Messages); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
	if got := string(Count{}.Answer(31)); got != `{"totalTokens":31}` {
		t.Errorf("Answer: %s", got)
	}
}

func TestDecodeCount(t *testing.T) {
	n, err := DecodeCount([]byte(`{"totalTokens":31,"promptTokensDetails":[{"modality":"TEXT","tokenCount":31}]}`))
	if err != nil || n != 31 {
		t.Errorf("DecodeCount: %d, %v", n, err)
	}
	for _, body := range []string{`{}`, `<html>`} {
		if _, err := DecodeCount([]byte(body)); err == nil {
			t.Errorf("DecodeCount took %s", body)
		}
	}
}

func TestModels(t *testing.T) {
	const methods = `"supportedGenerationMethods":["generateContent","streamGenerateContent","countTokens","embedContent","batchEmbedContents"]}`
	want := `{"models":[{"name":"models/a","baseModelId":"a","displayName":"a",` + methods + `,{"name":"models/b/c","baseModelId":"b/c","displayName":"b/c",` + methods + `]}`
	if diff := cmp.Diff(want, string(Models([]protocol.Model{{Name: "a"}, {Name: "b/c"}}))); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got := string(Models(nil)); got != `{"models":[]}` {
		t.Errorf("no models: %s", got)
	}
	if diff := cmp.Diff(`{"name":"models/a","baseModelId":"a","displayName":"a",`+methods, string(Model(protocol.Model{Name: "a"}))); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestErrors(t *testing.T) {
	cases := map[string]struct {
		fault *fault.Error
		want  string
	}{
		"Plain": {&fault.Error{Status: 500, Message: "a\n\"b\""}, `{"error":{"code":500,"message":"a\n\"b\"","status":"INTERNAL"}}`},
		"Details": {
			&fault.Error{Status: 429, Message: "m", Param: "contents", Code: "rate_limit_exceeded", RetryAfter: 1500 * time.Millisecond},
			`{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[` +
				`{"@type":"type.googleapis.com/google.rpc.ErrorInfo","domain":"fairlead.dev","reason":"RATE_LIMIT_EXCEEDED"},` +
				`{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"contents","description":"m"}]},` +
				`{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.5s"}]}}`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, string(Errors{}.Body(tc.fault, ""))); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
	for status, want := range map[int]string{
		400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ABORTED", 413: "INVALID_ARGUMENT",
		429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 501: "UNIMPLEMENTED", 502: "UNAVAILABLE", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
		529: "UNAVAILABLE",
	} {
		if got := statusName(status); got != want {
			t.Errorf("%d is %s, want %s", status, got, want)
		}
	}
}

// TestEmbedAnswerWithoutVector is an upstream that gave nothing: the answer is JSON all the same.
func TestEmbedAnswerWithoutVector(t *testing.T) {
	if got := string(Embed{}.Answer(&embedding.Request{Single: true}, &embedding.Answer{})); got != `{"embedding":{"values":[]}}` {
		t.Errorf("Answer: %s", got)
	}
}

// TestAnswerOfAnotherUpstream has what no Gemini says: redacted thinking, another provider's signatures.
func TestAnswerOfAnotherUpstream(t *testing.T) {
	foreign := chat.Signature{Origin: chat.OriginAnthropic, Value: "s"}
	a := &chat.Answer{ID: "msg_1", Choices: []chat.Choice{{Finish: chat.Finish{Reason: chat.FinishLength}, Parts: []chat.Part{
		{Kind: chat.KindThinking, Text: "hm", Signature: foreign}, {Kind: chat.KindRedacted, Signature: foreign}, chat.Text("ok"),
	}}}}
	want := `{"candidates":[{"content":{"parts":[{"text":"hm","thought":true,"thoughtSignature":"ZmFpcmxlYWQ6YW50aHJvcGljOnM="},` +
		`{"text":"","thought":true,"thoughtSignature":"cmVkYWN0ZWQ6ZmFpcmxlYWQ6YW50aHJvcGljOnM="},{"text":"ok"}],"role":"model"},` +
		`"finishReason":"MAX_TOKENS","index":0}],"modelVersion":"assistant","responseId":"msg_1"}`
	if diff := cmp.Diff(want, string(Generate{}.Answer(&chat.Request{Model: alias}, a))); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
