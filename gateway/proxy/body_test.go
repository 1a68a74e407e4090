package proxy

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// incoming is a request with a body; length -1 is one that does not say.
func incoming(body io.Reader, length int64) *http.Request {
	return &http.Request{Body: io.NopCloser(body), ContentLength: length, Header: http.Header{}}
}

func TestReadTakesInTheWholeBody(t *testing.T) {
	var p bodies
	for _, size := range []int{0, 1, 511, 512, 513, firstRead - 1, firstRead, firstRead + 1, 3 * firstRead} {
		want := bytes.Repeat([]byte("abc"), size/3+1)[:size]
		for _, length := range []int64{int64(size), -1} {
			b, err := p.read(incoming(iotest.HalfReader(bytes.NewReader(want)), length), int64(size))
			if err != nil {
				t.Fatalf("%d bytes, announced %d: %v", size, length, err)
			}
			if !bytes.Equal(b.b, want) {
				t.Errorf("%d bytes, announced %d: got %d", size, length, len(b.b))
			}
			b.release()
		}
	}
}

// chunked is the body of a request as a server reads it.
func chunked(t *testing.T, chunks string) io.Reader {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)))
	if err != nil {
		t.Fatal(err)
	}
	return r.Body
}

func TestReadErrors(t *testing.T) {
	cases := map[string]struct {
		reason string
		body   io.Reader
		length int64
		status int
	}{
		"Announced": {"refused before it is read", iotest.ErrReader(errors.New("must not be read")), 11, http.StatusRequestEntityTooLarge},
		"Chunked":   {"refused where it passes the limit", strings.NewReader("12345678901"), -1, http.StatusRequestEntityTooLarge},
		"TooSlow":   {"the server's deadline", iotest.ErrReader(os.ErrDeadlineExceeded), -1, http.StatusRequestTimeout},
		"BadChunks": {"the client is there and can be told", chunked(t, "zz\r\nhello"), -1, http.StatusBadRequest},
		"Reset":     {"the client went away", iotest.ErrReader(&net.OpError{Op: "read", Err: syscall.ECONNRESET}), 5, 0},
		"Broken":    {"the client went away", iotest.ErrReader(io.ErrUnexpectedEOF), 5, 0},
	}
	var p bodies
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := p.read(incoming(c.body, c.length), 10)
			oe, ok := errors.AsType[*fault.Error](err)
			if c.status == 0 && !errors.Is(err, ErrClientGone) || c.status != 0 && (!ok || oe.Status != c.status) {
				t.Errorf("%s: got %v, want status %d", c.reason, err, c.status)
			}
		})
	}
}

func TestBodiesAreNotReusedWhileTheyAreSent(t *testing.T) {
	var p bodies
	want := strings.Repeat("a", 2*inlineMost)
	b, err := p.read(incoming(strings.NewReader(want), -1), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	out := b.outbound([][]byte{b.b[:10], []byte("-"), b.b[10:]})
	first, second := out.open(), out.open()
	b.release() // the exchange is over, but a transport still reads
	other, err := p.read(incoming(strings.NewReader(strings.Repeat("b", 2*inlineMost)), -1), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []io.ReadCloser{first, second} {
		got, err := io.ReadAll(r)
		if err != nil || int64(len(got)) != out.length || string(got) != want[:10]+"-"+want[10:] {
			t.Errorf("read %d bytes of %d, %v: the buffer was given to another request", len(got), out.length, err)
		}
		_ = r.Close()
		_ = r.Close() // closing twice releases once
		if _, err := r.Read(make([]byte, 1)); !errors.Is(err, http.ErrBodyReadAfterClose) {
			t.Errorf("reading after Close: %v", err)
		}
	}
	if b.holds.Load() != 0 {
		t.Errorf("%d holds are left", b.holds.Load())
	}
	other.release()
}

func TestSmallBodiesAreCopies(t *testing.T) {
	var p bodies
	b, err := p.read(incoming(strings.NewReader("hello"), 5), 10)
	if err != nil {
		t.Fatal(err)
	}
	r := b.outbound([][]byte{b.b}).open()
	copy(b.b, "XXXXX")
	b.release()
	if got, err := io.ReadAll(r); string(got) != "hello" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
}
