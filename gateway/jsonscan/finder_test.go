package jsonscan

import (
	"strings"
	"testing"
)

func TestFinder(t *testing.T) {
	cases := map[string]struct{ doc, want string }{
		"Last":     {`{"x":"usage","data":[{"usage":{"a":1}}, "}\"{"],"usage": {"a":6,"b":{"c":[1]}} }`, `{"a":6,"b":{"c":[1]}}`},
		"First":    {`{"usage":{"a":6},"z":{"a":1}}`, `{"a":6}`},
		"Null":     {`{"usage":null,"usag":{"a":6},"usage2":{"a":6}}`, ""},
		"NoObject": {`{"usage":"{}"}`, ""},
		"TooLong":  {`{"usage":{"x":"` + strings.Repeat("y", 100) + `"}}`, ""},
		"LongKey":  {`{"` + strings.Repeat("k", 1<<20) + `":1,"usage":{}}`, `{}`},
	}
	for name, c := range cases {
		for _, size := range []int{1, 3, len(c.doc)} {
			f := NewFinder("usage", 64)
			for rest := c.doc; rest != ""; {
				n := min(size, len(rest))
				f.Feed([]byte(rest[:n]))
				rest = rest[n:]
			}
			if got := string(f.Value()); got != c.want {
				t.Errorf("%s in pieces of %d: %q, want %q", name, size, got, c.want)
			}
			if cap(f.key) > 64 {
				t.Errorf("%s: a key of %d bytes was kept", name, cap(f.key))
			}
		}
	}
}
