package openai

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

const streamWithUsage = `data: {"id":"x","choices":[{"index":0,"delta":{"role":"assistant","content":"say \"usage\": {\"error\": 1"},"finish_reason":null}],"usage":null}

: ping

data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"error":null}

data: {"choices":[],"usage":{"prompt_tokens":6,"completion_tokens":14,"total_tokens":20,"prompt_tokens_details":{"cached_tokens":4}}}

data: [DONE]

`

// seen is all that an observer reports.
type seen struct {
	Usage                   chat.Usage
	Complete, Ended, Failed bool
}

func look(o *Observer) seen { return seen{o.Usage(), o.Complete(), o.Ended(), o.Failed()} }

// observed is an answer and what an observer reports of it.
type observed struct {
	reason string
	op     protocol.Operation
	stream bool
	answer string
	want   seen
}

var (
	cached = chat.Usage{Known: true, InputTokens: 6, CachedInputTokens: 4, OutputTokens: 14}
	six    = chat.Usage{Known: true, InputTokens: 6}
)

func TestObserver(t *testing.T) {
	observe(t, map[string]observed{
		"Stream":      {stream: true, answer: streamWithUsage, want: seen{cached, true, true, false}},
		"StreamCRLF":  {stream: true, answer: strings.ReplaceAll(streamWithUsage, "\n", "\r\n"), want: seen{cached, true, true, false}},
		"StreamCR":    {stream: true, answer: strings.ReplaceAll(streamWithUsage, "\n", "\r"), want: seen{cached, true, true, false}},
		"StreamNoEnd": {stream: true, answer: strings.TrimRight(streamWithUsage, "\n"), want: seen{cached, true, true, false}},
		"StreamCut": {
			reason: "no finish_reason and no [DONE]: the client must be told",
			stream: true, answer: streamWithUsage[:200], want: seen{},
		},
		"StreamWithoutDone": {
			reason: "Google's endpoint sends none",
			stream: true, answer: `data: {"choices":[{"finish_reason" : "stop"}]}` + "\n\n", want: seen{Complete: true},
		},
		"StreamWithEmptyReason": {
			reason: "some servers write an empty text in place of null",
			stream: true, answer: `data: {"choices":[{"finish_reason": ""}]}` + "\n\n", want: seen{},
		},
		"StreamFailed": {
			stream: true, answer: `data: {"error":{"message":"no"}}` + "\n\ndata: [DONE]\n\n", want: seen{Ended: true, Failed: true},
		},
		"NestedErrorIsNone": {
			stream: true, answer: `data: {"x":{"error":{"message":"no"},"usage":{"prompt_tokens":1}}}` + "\n\n", want: seen{},
		},
		"OverlongEvent": {
			reason: "it is left out, what follows is read",
			stream: true, answer: "data: {\"x\":\"" + strings.Repeat("y", 3*sse.MaxLine) + "\"}\n\n" + streamWithUsage,
			want: seen{cached, true, true, false},
		},
		"Groq": {
			stream: true, answer: `data: {"choices":[{"finish_reason":"stop"}],"x_groq":{"usage":{"prompt_tokens":6,"total_tokens":6}}}` + "\n\n",
			want: seen{Usage: six, Complete: true},
		},
		"Transcript": {
			reason: "the last event has a name of its own, and the usage the newer names",
			op:     protocol.Transcription, stream: true,
			answer: `data: {"type":"transcript.text.delta","delta":"I see \"usage\""}` + "\n\n" +
				`data: {"type":"transcript.text.done","text":"I see","usage":{"type":"tokens","input_tokens":6,"output_tokens":14,"total_tokens":20,"input_tokens_details":{"cached_tokens":4}}}` + "\n\n",
			want: seen{cached, true, true, false},
		},
		"TranscriptOfAnother": {
			reason: "other servers have events of their own: a normal end is no error",
			op:     protocol.Translation, stream: true, answer: `data: {"text":"I see"}` + "\n\n", want: seen{Complete: true},
		},
		"SpeechFailed": {
			op: protocol.Speech, stream: true, answer: `data: {"type":"error","error":{"message":"no"}}` + "\n\n", want: seen{Failed: true},
		},
		"Image": {
			reason: "the event with the usage holds the image too",
			op:     protocol.ImageGeneration, stream: true,
			answer: `data: {"type":"image_generation.completed","b64_json":"` + strings.Repeat("A", 3*sse.MaxLine) +
				`","usage":{"input_tokens":6,"output_tokens":14,"total_tokens":20,"input_tokens_details":{"cached_tokens":4}}}` + "\n\n",
			want: seen{cached, true, true, false},
		},
	})
}

func TestObserverOfWholeAnswers(t *testing.T) {
	observe(t, map[string]observed{
		"Rerank": {op: protocol.Rerank, answer: `{"results":[],"usage":{"total_tokens":6}}`, want: seen{Usage: six, Complete: true}},
		"Body": {
			answer: `{"x":"usage","data":[{"usage":{"prompt_tokens":1}}, "}\"{"],"usage": {"prompt_tokens":6,"total_tokens":6} }`,
			want:   seen{Usage: six},
		},
		"BodyFirst":    {answer: `{"usage":{"prompt_tokens":6,"total_tokens":6,"x":{"y":[1]}},"z":{"a":1}}`, want: seen{Usage: six}},
		"BodyNull":     {answer: `{"usage":null,"usag":{"prompt_tokens":6},"usage2":{"prompt_tokens":6}}`, want: seen{}},
		"BodyCut":      {answer: `{"usage":{"prompt_tokens":6`, want: seen{}},
		"BodyTooLong":  {answer: `{"usage":{"prompt_tokens":6,"x":"` + strings.Repeat("y", maxUsageBytes) + `"}}`, want: seen{}},
		"BodyNegative": {answer: `{"usage":{"prompt_tokens":-6}}`, want: seen{}},
		"BodyDetails": {
			answer: `{"usage":{"prompt_tokens":6,"total_tokens":6,"completion_tokens":null,"prompt_tokens_details":null,` +
				`"completion_tokens_details":{"accepted_prediction_tokens":0,"reasoning_tokens":3,"x":[{}]},"cost":1.5e-3}}`,
			want: seen{Usage: chat.Usage{Known: true, InputTokens: 6, ReasoningTokens: 3}},
		},
		"BodyFraction":  {answer: `{"usage":{"prompt_tokens":6.5}}`, want: seen{}},
		"BodyTooMany":   {answer: `{"usage":{"prompt_tokens":99999999999999999999}}`, want: seen{}},
		"BodyWrongType": {answer: `{"usage":{"prompt_tokens":"6"}}`, want: seen{}},
	})
}

// observe reads each answer in one piece and byte by byte.
func observe(t *testing.T, cases map[string]observed) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if c.op == 0 {
				c.op = protocol.Chat
			}
			whole := NewObserver(c.op, c.stream)
			if _, err := whole.Write([]byte(c.answer)); err != nil {
				t.Fatalf("Write: %v", err)
			}
			whole.End()
			if diff := cmp.Diff(c.want, look(whole)); diff != "" {
				t.Errorf("%s: in one piece: -want +got\n%s", c.reason, diff)
			}
			bytewise := NewObserver(c.op, c.stream)
			if _, err := io.Copy(bytewise, iotest.OneByteReader(strings.NewReader(c.answer))); err != nil {
				t.Fatalf("Write: %v", err)
			}
			bytewise.End()
			if diff := cmp.Diff(c.want, look(bytewise)); diff != "" {
				t.Errorf("%s: byte by byte: -want +got\n%s", c.reason, diff)
			}
		})
	}
}

// FuzzObserver checks that neither the content nor the places where it is cut can do harm, and that the cuts do not matter.
func FuzzObserver(f *testing.F) {
	f.Add([]byte(streamWithUsage), uint8(7), true)
	f.Add([]byte(`{"usage":{"prompt_tokens":6,"total_tokens":6},"x":["\\\"}"]}`), uint8(3), false)
	f.Fuzz(func(t *testing.T, answer []byte, size uint8, stream bool) {
		whole, pieces := NewObserver(protocol.Chat, stream), NewObserver(protocol.Chat, stream)
		_, _ = whole.Write(answer)
		whole.End()
		for rest := answer; len(rest) > 0; {
			n := min(1+int(size), len(rest))
			piece := append([]byte(nil), rest[:n]...)
			_, _ = pieces.Write(piece)
			clear(piece)
			rest = rest[n:]
		}
		pieces.End()
		if diff := cmp.Diff(look(whole), look(pieces)); diff != "" {
			t.Errorf("in one piece and in pieces of %d: -whole +pieces\n%s", 1+int(size), diff)
		}
	})
}

func BenchmarkObserver(b *testing.B) {
	body := []byte(`{"id":"chatcmpl-1","choices":[{"index":0,"message":{"role":"assistant","content":"` + strings.Repeat("word ", 100) +
		`"},"finish_reason":"stop"}],"usage":{"prompt_tokens":6,"completion_tokens":14,"total_tokens":20}}`)
	for name, stream := range map[string]bool{"Stream": true, "Body": false} {
		answer := body
		if stream {
			answer = []byte(streamWithUsage)
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(answer)))
			b.ReportAllocs()
			for b.Loop() {
				u := NewObserver(protocol.Chat, stream)
				_, _ = u.Write(answer)
				u.End()
			}
		})
	}
}
