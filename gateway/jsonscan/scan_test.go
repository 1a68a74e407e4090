package jsonscan

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// specs are those of OpenAI's endpoints, by the names that the corpus has for them.
var specs = map[string]*Spec{
	"chat":            {Model: true, Stream: true, StreamOptions: true, Content: Content{Name: "messages", Objects: true}},
	"text_completion": {Model: true, Stream: true, StreamOptions: true, Content: Content{Name: "prompt", Text: true, List: true}},
	"embeddings":      {Model: true, Stream: true, StreamOptions: true, Content: Content{Name: "input", Text: true, List: true}},
}

func TestScanAccepts(t *testing.T) {
	cases := map[string]struct {
		reason string
		op     string
		body   string
		want   Request
	}{
		"Smallest": {
			op: "chat", body: `{"model":"m","messages":[{}]}`,
			want: Request{Model: "m", ModelStart: 9, ModelEnd: 12},
		},
		"StreamWithUsage": {
			op: "chat", body: `{"messages":[{}],"stream":true,"stream_options":{"include_usage":true},"model":"m"}`,
			want: Request{Model: "m", ModelStart: 79, ModelEnd: 82, Stream: true, StreamOptions: Span{48, 70}, SaysUsage: true},
		},
		"NullsAreAbsent": {
			op: "text_completion", body: `{"model":"m","prompt":"x","stream":null,"stream_options":null}`,
			want: Request{Model: "m", ModelStart: 9, ModelEnd: 12, SaysUsage: true},
		},
		"EscapedModelAndKey": {
			reason: "every reader resolves escapes, so a key may be written with them",
			op:     "embeddings", body: `{"mod\u0065l":"\u00fc\/\ud83d\ude00","input":["x"]}`,
			want: Request{Model: "ü/😀", ModelStart: 14, ModelEnd: 36},
		},
		"NestedFieldsAreNotRouted": {
			reason: "only the top level is looked at; the same key in two objects is no repetition",
			op:     "chat", body: `{"metadata":{"model":"x","Model":"y"},"messages":[{"stream":1}],"model":"m"}`,
			want: Request{Model: "m", ModelStart: 72, ModelEnd: 75},
		},
		"SpaceEverywhere": {
			op: "embeddings", body: " \r\n{ \"model\" :\t\"m\" , \"input\" : [ 1 , -0.5e+3 , [ ] , { } ] } \n",
			want: Request{Model: "m", ModelStart: 15, ModelEnd: 18},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Scan(specs[c.op], []byte(c.body))
			if err != nil {
				t.Fatalf("%s: Scan: %v", c.reason, err)
			}
			c.want.Body, c.want.Open = []byte(c.body), strings.IndexByte(c.body, '{')+1
			if diff := cmp.Diff(&c.want, got); diff != "" {
				t.Errorf("%s: Scan: -want +got\n%s", c.reason, diff)
			}
		})
	}
}

func TestScanLimits(t *testing.T) {
	chat := func(rest string) string { return `{"model":"m","messages":[{}],` + rest + `}` }
	nested := func(n int) string { return chat(`"x":` + strings.Repeat("[", n) + strings.Repeat("]", n)) }
	cases := map[string]struct {
		body, code string
	}{
		"DepthAtLimit":    {nested(MaxDepth - 1), ""},
		"DepthOverLimit":  {nested(MaxDepth), fault.CodeTooDeep},
		"ModelAtLimit":    {`{"model":"` + strings.Repeat("m", MaxModelBytes) + `","messages":[{}]}`, ""},
		"ModelOverLimit":  {`{"model":"` + strings.Repeat("m", MaxModelBytes+1) + `","messages":[{}]}`, fault.CodeInvalidValue},
		"KeysAtLimit":     {chat(manyKeys(MaxMembers - 2)), ""},
		"KeysOverLimit":   {chat(manyKeys(MaxMembers - 1)), fault.CodeTooManyMembers},
		"ManyKeys":        {chat(manyKeys(1000)), ""},
		"ManyKeysOneSame": {chat(manyKeys(1000) + `,"k7":0`), fault.CodeDuplicateKey},
		"SameAfterEscape": {chat(manyKeys(1000) + `,"\u006b7":0`), fault.CodeDuplicateKey},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Scan(specs["chat"], []byte(c.body))
			if got := codeOf(t, err); got != c.code {
				t.Errorf("Scan: code %q (%v), want %q", got, err, c.code)
			}
		})
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"k` + strconv.Itoa(i) + `":0`)
	}
	return b.String()
}

// codeOf is the code of an error by Scan, or empty for none. Every such error is a 400.
func codeOf(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Status != http.StatusBadRequest || e.Message == "" {
		t.Fatalf("Scan: %#v, want an invalid request", err)
	}
	return e.Code
}

func TestScanAllocates(t *testing.T) {
	body := chatBody(1 << 10)
	got := testing.AllocsPerRun(100, func() {
		if _, err := Scan(specs["chat"], body); err != nil {
			t.Fatal(err)
		}
	})
	if got > 3 {
		t.Errorf("Scan allocates %v times, want the Request, the name of the model and room for keys only", got)
	}
}

func chatBody(n int) []byte {
	text := strings.Repeat("The quick brown fox says \\\"hi\\\". ", n/32)
	return []byte(`{"model":"llama3","messages":[{"role":"system","content":"You are kind."},{"role":"user","content":"` + text +
		`"}],"temperature":0.7,"max_tokens":256,"stream":true,"stream_options":{"include_usage":true},"user":"u"}`)
}

func BenchmarkScan(b *testing.B) {
	for name, size := range map[string]int{"1KB": 1 << 10, "64KB": 64 << 10} {
		body := chatBody(size)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Scan(specs["chat"], body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
