package command

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr/funcr"

	"github.com/fairlead-dev/fairlead/api/testcert"
)

func TestCertificateFiles(t *testing.T) {
	first, second := testcert.New(t, testcert.Options{}), testcert.New(t, testcert.Options{})
	dir := t.TempDir()
	chain, key := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	write := func(path string, content []byte) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(chain, first.Chain)
	write(key, first.Key)
	synctest.Test(t, func(t *testing.T) {
		var told []string
		log := funcr.New(func(_, args string) { told = append(told, args) }, funcr.Options{})
		c, err := newCertificateFiles(chain, key, log)
		if err != nil {
			t.Fatal(err)
		}
		tick := make(chan time.Time)
		go c.run(t.Context(), tick)
		look := func() {
			t.Helper()
			tick <- time.Now()
			synctest.Wait()
		}
		look()
		if !c.current.Load().Leaf.Equal(first.Leaf) {
			t.Error("the first certificate is not shown")
		}
		write(chain, second.Chain)
		look()
		look()
		if !c.current.Load().Leaf.Equal(first.Leaf) || len(told) != 1 {
			t.Errorf("half a renewal: the first certificate is gone, or %q was told, want it once", told)
		}
		write(key, second.Key)
		look()
		if !c.current.Load().Leaf.Equal(second.Leaf) {
			t.Error("the second certificate is not shown")
		}
		if err := os.Remove(key); err != nil {
			t.Fatal(err)
		}
		look()
		if !c.current.Load().Leaf.Equal(second.Leaf) || len(told) != 2 {
			t.Errorf("a file that is gone took the certificate with it, or %q was told", told)
		}
	})
}

func TestCertificateFilesThatCannotBeUsed(t *testing.T) {
	if c, err := newCertificateFiles("", "", funcr.New(nil, funcr.Options{})); c != nil || err != nil {
		t.Errorf("without files: got %v, %v, want nothing", c, err)
	}
	for _, paths := range [][2]string{{"a", ""}, {"", "b"}, {"/nonexistent/a", "/nonexistent/b"}} {
		if _, err := newCertificateFiles(paths[0], paths[1], funcr.New(nil, funcr.Options{})); err == nil || !strings.Contains(err.Error(), "--tls-") {
			t.Errorf("%v: got %v, want an error that names the flags", paths, err)
		}
	}
}

// TestRunOverTLS: nothing but https is served, and a certificate that cannot be used is told before anything is started.
func TestRunOverTLS(t *testing.T) {
	url, _ := fakeUpstream(t)
	dir := t.TempDir()
	pair := testcert.New(t, testcert.Options{})
	file, chain, key := filepath.Join(dir, "stack.yaml"), filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	save(t, file, stack(url, "one"))
	save(t, chain, string(pair.Chain))
	save(t, key, string(pair.Key))
	p, base := startRun(t, nil, "-f", file, "--tls-cert", chain, "--tls-key", key)
	roots := x509.NewCertPool()
	roots.AddCert(pair.Leaf)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
	defer client.CloseIdleConnections()
	for _, c := range []struct {
		base string
		want int
	}{{base, http.StatusOK}, {strings.Replace(base, "https:", "http:", 1), http.StatusBadRequest}} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.base+"/models", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatalf("%s: %v", c.base, err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != c.want {
			t.Errorf("%s: got %d, want %d", c.base, resp.StatusCode, c.want)
		}
	}
	p.stop()
}
