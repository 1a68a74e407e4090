package sse

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read feeds a stream in pieces of at most size bytes and overwrites each piece afterwards, so that data which was kept
// without being copied shows.
func read(stream string, size int) []string {
	var got []string
	r := NewScanner(MaxLine)
	keep := func(data []byte) { got = append(got, string(data)) }
	for rest := stream; rest != ""; {
		piece := []byte(rest[:min(size, len(rest))])
		rest = rest[len(piece):]
		r.Feed(piece, keep)
		clear(piece)
	}
	r.End(keep)
	return got
}

func TestScanner(t *testing.T) {
	long := strings.Repeat("x", MaxLine)
	cases := map[string]struct {
		stream string
		want   []string
	}{
		"LF":             {"data: a\n\ndata: b\n\n", []string{"a", "b"}},
		"CRLF":           {"data: a\r\n\r\ndata: b\r\n\r\n", []string{"a", "b"}},
		"CR":             {"data: a\r\rdata: b\r\r", []string{"a", "b"}},
		"MixedEnds":      {"data: a\r\n\ndata: b\n\r\ndata: c\r\n\r", []string{"a", "b", "c"}},
		"NoSpace":        {"data:a\n\ndata:  b\n\n", []string{"a", " b"}},
		"ManyLines":      {"data: a\ndata: b\ndata\ndata:\n\n", []string{"a\nb\n\n"}},
		"EmptyData":      {"data:\n\n", []string{""}},
		"Comments":       {": ping\n\n: x\ndata: a\n: y\n\n", []string{"a"}},
		"OtherFields":    {"event: message\nid: 1\nretry: 5\ndatax: no\ndata: a\n\nevent: ping\n\n", []string{"a"}},
		"ByteOrderMark":  {"\xef\xbb\xbfdata: a\n\n", []string{"a"}},
		"SplitUTF8":      {"data: ü😀\n\n", []string{"ü😀"}},
		"NoFinalNewline": {"data: a\n\ndata: b", []string{"a", "b"}},
		"NoBlankLine":    {"data: a\n", []string{"a"}},
		"Nothing":        {"", nil},
		"LongestEvent":   {"data: " + long + "\n\ndata: a\n\n", []string{long, "a"}},
		"TooLongEvent":   {"data: x" + long + "\n\ndata: a\n\n", []string{"a"}},
		"TooLongInLines": {"data: " + long + "\ndata: " + long + "\n\ndata: a\n\n", []string{"a"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 2, 3, 5, 7, 4096, 1 << 20} {
				if diff := cmp.Diff(c.want, read(c.stream, size)); diff != "" {
					t.Fatalf("in pieces of %d: -want +got\n%s", size, diff)
				}
			}
		})
	}
}

// FuzzScanner checks that the places where a stream is cut do not matter, and that no event is longer than allowed.
func FuzzScanner(f *testing.F) {
	f.Add("data: a\r\n\r\ndata: b\n: c\rdata\n\ndata:x", uint8(2))
	f.Add("\xef\xbb\xbfdata: a\r\rdata: b\r", uint8(1))
	f.Fuzz(func(t *testing.T, stream string, size uint8) {
		whole := read(stream, len(stream)+1)
		if diff := cmp.Diff(whole, read(stream, 1+int(size))); diff != "" {
			t.Errorf("in pieces of %d: -whole +pieces\n%s", 1+int(size), diff)
		}
		for _, e := range whole {
			if len(e) > MaxLine {
				t.Errorf("event of %d bytes", len(e))
			}
		}
	})
}
