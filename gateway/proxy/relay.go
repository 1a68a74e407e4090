package proxy

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/fairlead-dev/fairlead/gateway/openai"
	"github.com/fairlead-dev/fairlead/gateway/provider/legacy"
)

// relayBuffer is what one answer may occupy at a time, in bytes. Short answers fit, and are read to their end before the client
// is sent anything, so that a target that breaks off can still be replaced.
const relayBuffer = 16 << 10

// relayBody passes an answer on byte for byte. An answer that breaks off is ErrCut, and the caller has to abort the connection.
func (a *attempt) relayBody(resp *http.Response) error {
	buf := a.proxy.buffers.Get().(*[relayBuffer]byte)
	defer a.proxy.buffers.Put(buf)
	n, err := a.fill(resp.Body, buf[:])
	if err != nil && !errors.Is(err, io.EOF) {
		return a.broke(err)
	}
	a.sent()
	a.headers(resp, length(resp, n, err != nil))
	scanner := openai.NewUsageScanner(false)
	for {
		_, _ = scanner.Write(buf[:n])
		if _, failed := a.w.Write(buf[:n]); failed != nil {
			return fmt.Errorf("%w: %w", ErrClientGone, failed)
		}
		if err != nil {
			break
		}
		n, err = resp.Body.Read(buf[:])
		a.dog.alive()
	}
	if !errors.Is(err, io.EOF) {
		return a.cut(err)
	}
	a.accountScanned(scanner)
	return nil
}

// fill reads until buf is full or the answer ends, which is io.EOF.
func (a *attempt) fill(src io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = src.Read(buf[n:])
		n += m
		a.dog.alive()
	}
	return n, err
}

// length is the Content-Length to announce: the upstream's own, or what has been read where that is all. Nothing where neither
// is known.
func length(resp *http.Response, n int, all bool) []string {
	if v := resp.Header[headerLength]; resp.ContentLength >= 0 && len(v) == 1 {
		return v
	}
	if all {
		return []string{strconv.Itoa(n)}
	}
	return nil
}

// headers begins the answer to the client.
func (a *attempt) headers(resp *http.Response, length []string) {
	h := a.w.Header()
	retry := h[headerRetry]
	copyDown(h, resp.Header)
	if retry != nil {
		h[headerRetry] = retry
	}
	if length != nil {
		h[headerLength] = length
	}
	a.w.WriteHeader(resp.StatusCode)
}

// cut says that the answer broke off after its beginning had been sent.
func (a *attempt) cut(err error) error {
	broke := a.broke(err)
	if errors.Is(broke, ErrClientGone) {
		return broke
	}
	return fmt.Errorf("%w: %w", ErrCut, errors.Unwrap(broke))
}

// accountScanned notes what an answer that was relayed said that it cost.
func (a *attempt) accountScanned(s *openai.UsageScanner) {
	s.End()
	var usage provider.Usage
	if u, ok := s.Usage(); ok {
		usage = provider.UsageOf(u)
	}
	a.account(usage)
}

// account notes what the answer cost.
func (a *attempt) account(u provider.Usage) {
	a.x.TokensKnown, a.x.InputTokens, a.x.OutputTokens = u.Known, u.InputTokens, u.OutputTokens
}
