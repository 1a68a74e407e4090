package proxy

import (
	"bytes"
	"testing"
)

func TestEventsEnd(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "",
		"data: x":                   "",
		"data: x\n":                 "",
		"data: x\n\n":               "data: x\n\n",
		"data: x\n\ndata":           "data: x\n\n",
		"a\r\n\r\nb\r\n\r\nc\r\n":   "a\r\n\r\nb\r\n\r\n",
		"a\r\rb\r":                  "a\r\r",
		"a\n\nb\nc\n":               "a\n\n",
		"\n\n":                      "\n\n",
		"a\r\n\nb":                  "a\r\n\n",
		"a\nb\nc\n\n: ping\n\nd\ne": "a\nb\nc\n\n: ping\n\n",
	} {
		if got := in[:eventsEnd([]byte(in), 0)]; got != want {
			t.Errorf("of %q, %q are whole events, want %q", in, got, want)
		}
	}
}

// FuzzEventsEnd looks at a stream byte by byte: what has come late must not hide an end, nor move one.
func FuzzEventsEnd(f *testing.F) {
	f.Add([]byte("data: a\n\ndata: b\r\n\r\ndata: c\r\r"))
	f.Add([]byte("\r\n\n\r\n\r\n"))
	f.Fuzz(func(t *testing.T, p []byte) {
		best := 0
		for n := 1; n <= len(p); n++ {
			if end := eventsEnd(p[:n], n-1); end > 0 {
				best = end
			}
			if whole := eventsEnd(p[:n], 0); whole != best {
				t.Fatalf("of %q, %d bytes are whole, but %d when looked at as they came", p[:n], whole, best)
			}
		}
		if best > 0 && !bytes.ContainsAny(p[best-1:best], "\r\n") {
			t.Fatalf("%q ends inside a line", p[:best])
		}
	})
}

func TestWholeEvent(t *testing.T) {
	for in, want := range map[string]bool{
		"data: [DONE]": true, "data:[DONE]\r\n": true, `data: {"a":1}`: true, "data: {\"a\":1}\n": true, ": x\ndata: {}": true,
		`data: {"a":1`: false, "data: [DON": false, "": false, ": ping": false, "data: x": false, "data:": false,
	} {
		if got := wholeEvent([]byte(in)); got != want {
			t.Errorf("%q is whole: %v, want %v", in, got, want)
		}
	}
}
