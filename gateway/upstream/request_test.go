package upstream

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRequestsAreWhatNetHTTPWrites reads what is written and compares it with what http.Request.Write would have said.
func TestRequestsAreWhatNetHTTPWrites(t *testing.T) {
	cases := map[string]func() *http.Request{
		"Plain": func() *http.Request { return newRequest(t, "http://x/v1/chat?a=b%20c", strings.NewReader("hello")) },
		"Large": func() *http.Request {
			return newRequest(t, "http://x:8080/v1/a%2Fb/ü", strings.NewReader(strings.Repeat("x", 3*writeBuffer)))
		},
		"Host": func() *http.Request {
			r := newRequest(t, "http://[::1]:80/", strings.NewReader("x"))
			r.Host = "other"
			return r
		},
		"Framing": func() *http.Request {
			r := newRequest(t, "http://x/", strings.NewReader("hello"))
			r.Header["Host"], r.Header["Content-Length"] = []string{"other"}, []string{"2"}
			r.Header["Transfer-Encoding"], r.Header["Trailer"] = []string{"chunked"}, []string{"X"}
			return r
		},
		"NoBody":  func() *http.Request { return newRequest(t, "http://x/", nil) },
		"Chunked": func() *http.Request { return newRequest(t, "http://x/", io.MultiReader(strings.NewReader("x"))) },
		"Close": func() *http.Request {
			r := newRequest(t, "http://x/", strings.NewReader("x"))
			r.Close = true
			return r
		},
	}
	for name, request := range cases {
		t.Run(name, func(t *testing.T) {
			var want, got bytes.Buffer
			if err := request().Write(&want); err != nil {
				t.Fatal(err)
			}
			if err := writeRequest(bufio.NewWriterSize(&got, writeBuffer), request()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(parse(t, &want), parse(t, &got)); diff != "" {
				t.Errorf("(-net/http +upstream):\n%s", diff)
			}
		})
	}
}

func newRequest(t *testing.T, url string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"User-Agent": {"x"}, "Accept": {"a", "b"}, "Idempotency-Key": {}, "X-Empty": {""}}
	return r
}

// said is what a server reads in a request.
type said struct {
	Method, URI, Host, Body string
	Header                  http.Header
	Length                  int64
	Encoding                []string
	Close                   bool
}

func parse(t *testing.T, raw *bytes.Buffer) said {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return said{r.Method, r.RequestURI, r.Host, string(body), r.Header, r.ContentLength, r.TransferEncoding, r.Close}
}

func TestRequestsThatCannotBeWritten(t *testing.T) {
	cases := map[string]struct {
		change func(*http.Request)
		want   error
	}{
		"ValueWithLineBreak": {func(r *http.Request) { r.Header["X"] = []string{"a\r\nB: c"} }, errHead},
		"NameWithLineBreak":  {func(r *http.Request) { r.Header["X: y\r\nB"] = []string{"c"} }, errHead},
		"HostWithLineBreak":  {func(r *http.Request) { r.Host = "x\r\nB: c" }, errHead},
		"MethodWithSpace":    {func(r *http.Request) { r.Method = "GET / HTTP/1.1\r\n" }, errHead},
		"BodyTooShort":       {func(r *http.Request) { r.ContentLength = 9 }, errLength},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			body := &closing{Reader: strings.NewReader("hello")}
			r := newRequest(t, "http://x/", body)
			r.ContentLength = 5
			c.change(r)
			var out bytes.Buffer
			if err := writeRequest(bufio.NewWriterSize(&out, writeBuffer), r); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if !body.closed.Load() {
				t.Error("the body is still open")
			}
			if strings.Contains(out.String(), "B: c") {
				t.Errorf("sent %q", out.String())
			}
		})
	}
}
