package command

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
)

// readCertificateEvery is how soon new files are taken up. They are read and not watched: whoever replaces them does it in more than
// one step, and on file systems that tell nobody.
const readCertificateEvery = 5 * time.Second

// certificateFiles are a certificate and its key in files, which somebody renews.
type certificateFiles struct {
	chainPath, keyPath string
	log                logr.Logger

	current atomic.Pointer[tls.Certificate]
	// chain and key are what was read last. Only run looks at them after the start.
	chain, key []byte
}

// newCertificateFiles reads the files once. It returns nil where neither is named.
func newCertificateFiles(chainPath, keyPath string, log logr.Logger) (*certificateFiles, error) {
	if chainPath == "" && keyPath == "" {
		return nil, nil
	}
	if chainPath == "" || keyPath == "" {
		return nil, errors.New("expected both --tls-cert and --tls-key, found one of them")
	}
	c := &certificateFiles{chainPath: chainPath, keyPath: keyPath, log: log}
	if err := c.read(); err != nil {
		return nil, fmt.Errorf("reading the certificate (--tls-cert, --tls-key): %w", err)
	}
	return c, nil
}

// read takes up what the files hold, if it is something else than before. The pair before it stays where it cannot be used.
func (c *certificateFiles) read() error {
	chain, err := os.ReadFile(c.chainPath)
	if err != nil {
		return err
	}
	key, err := os.ReadFile(c.keyPath)
	if err != nil {
		return err
	}
	if bytes.Equal(chain, c.chain) && bytes.Equal(key, c.key) {
		return nil
	}
	c.chain, c.key = chain, key
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return err
	}
	c.current.Store(&pair)
	return nil
}

// follow reads the files from time to time, until what it returns is called.
func (c *certificateFiles) follow(ctx context.Context) (stop func()) {
	ctx, stop = context.WithCancel(ctx)
	ticker := time.NewTicker(readCertificateEvery)
	context.AfterFunc(ctx, ticker.Stop)
	go c.run(ctx, ticker.C)
	return stop
}

// run reads the files again and again until ctx ends, whenever tick says. Each mistake is told once.
func (c *certificateFiles) run(ctx context.Context, tick <-chan time.Time) {
	told := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick:
		}
		err := c.read()
		if err != nil && err.Error() != told {
			c.log.Info("the new certificate cannot be used; the one before it stays", "why", err.Error())
			told = err.Error()
		}
	}
}
