package sse

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// counted counts writes and flushes.
type counted struct {
	bytes.Buffer
	writes, flushes int
}

func (c *counted) Write(p []byte) (int, error) {
	c.writes++
	return c.Buffer.Write(p)
}

func (c *counted) flush() error {
	c.flushes++
	return nil
}

func TestWriter(t *testing.T) {
	var out counted
	w := NewWriter(&out, out.flush)
	for _, err := range []error{w.Data([]byte(`{"a":1}`)), w.Event("ping", []byte("{\n\"b\": \"x\\n\"\r\n}")), w.Raw([]byte("{}\n"))} {
		if err != nil {
			t.Fatalf("writing: %v", err)
		}
	}
	want := "data: {\"a\":1}\n\n" + "event: ping\ndata: { \"b\": \"x\\n\"  }\n\n" + "{}\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("events: -want +got\n%s", diff)
	}
	if out.writes != 3 || out.flushes != 3 {
		t.Errorf("%d writes, %d flushes, want one of each for each of 3 events", out.writes, out.flushes)
	}
}

func TestWriterClientGone(t *testing.T) {
	gone := errors.New("gone")
	reader, writer := io.Pipe()
	reader.CloseWithError(gone)
	if err := NewWriter(writer, (&counted{}).flush).Data(nil); !errors.Is(err, gone) {
		t.Errorf("Data: %v, want the error of the writer", err)
	}
	if err := NewWriter(io.Discard, func() error { return gone }).Data(nil); !errors.Is(err, gone) {
		t.Errorf("Data: %v, want the error of the flush", err)
	}
}

func TestEvents(t *testing.T) {
	broken := errors.New("broken")
	cases := map[string]struct {
		src  io.Reader
		want []string
		err  error
	}{
		"Whole":  {src: strings.NewReader("data: a\n\ndata: b"), want: []string{"a", "b"}},
		"Pieces": {src: iotest.OneByteReader(strings.NewReader("data: a\r\n\r\ndata: b\r\n\r\n")), want: []string{"a", "b"}},
		"Broken": {src: io.MultiReader(strings.NewReader("data: a\n\ndata: b"), iotest.ErrReader(broken)), want: []string{"a"}, err: broken},
		"Large":  {src: strings.NewReader("data: " + strings.Repeat("x", 3<<20) + "\n\n"), want: []string{strings.Repeat("x", 3<<20)}},
		"TooLong": {
			src:  io.MultiReader(strings.NewReader("data: a\n\ndata: "), io.LimitReader(zeros{}, MaxEvent+1), strings.NewReader("\n\ndata: b\n\n")),
			want: []string{"a"}, err: errTooLong,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			var err error
			for data, failed := range Events(c.src) {
				if err = failed; err == nil {
					got = append(got, string(data))
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("events: -want +got\n%s", diff)
			}
			if !errors.Is(err, c.err) {
				t.Errorf("error %v, want %v", err, c.err)
			}
		})
	}
}

// zeros is an endless text.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}
