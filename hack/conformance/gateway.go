package conformance

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	_ "embed" // for the manifests
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// manifests is what the gateway serves: each fake provider with one model. FAKES in it is the address of the providers.
//
//go:embed stack.yaml
var manifests string

// gateway is a running `fairlead run`.
type gateway struct {
	*process
	url, admin string
}

// greeting is what `fairlead run` says first.
var greeting = regexp.MustCompile(`listening on (http://\S+)/v1\s+admin (http://\S+)`)

// startGateway serves the manifests with the binary fairlead. Files go to dir.
func startGateway(ctx context.Context, fairlead, dir, fakes, key string) (*gateway, error) {
	stack := filepath.Join(dir, "stack.yaml")
	if err := os.WriteFile(stack, []byte(strings.ReplaceAll(manifests, "FAKES", fakes)), 0o600); err != nil {
		return nil, fmt.Errorf("writing the manifests: %w", err)
	}
	google, err := googleCredentials(fakes)
	if err != nil {
		return nil, err
	}
	p, err := start(ctx, "the gateway", filepath.Join(dir, "gateway.log"),
		[]string{"GATEWAY_KEY=" + key, "GOOGLE_CREDENTIALS=" + google},
		fairlead, "run", "-f", stack, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--access-log",
		"--state-dir", filepath.Join(dir, "state"))
	if err != nil {
		return nil, err
	}
	g := &gateway{process: p}
	err = p.await(ctx, func() bool {
		said, err := os.ReadFile(p.log)
		found := greeting.FindSubmatch(said)
		if err != nil || found == nil {
			return false
		}
		g.url, g.admin = string(found[1]), string(found[2])
		return g.get(ctx, "/readyz") != ""
	})
	if err != nil {
		p.stop()
		return nil, err
	}
	return g, nil
}

// googleCredentials is a service account file whose tokens come from the fake providers. Its private key is made for this run.
func googleCredentials(fakes string) (string, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", fmt.Errorf("making a service account's key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", fmt.Errorf("writing a service account's key: %w", err)
	}
	file, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": "p", "private_key_id": "conformance",
		"private_key":  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"client_email": "conformance@p.iam.gserviceaccount.com", "client_id": "1", "token_uri": fakes + "/vertex/token",
	})
	if err != nil {
		return "", fmt.Errorf("writing a service account: %w", err)
	}
	return string(file), nil
}

// get is what the admin port answers, and empty unless it answers with 200.
func (g *gateway) get(ctx context.Context, path string) string {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, g.admin+path, http.NoBody)
	if err != nil {
		return ""
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return ""
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return ""
	}
	return string(body) + "\n"
}

// busy matches a count of requests in flight that is not zero.
var busy = regexp.MustCompile(`(?m)^fairlead_requests_in_flight(\{.*\})? [1-9]`)

// idle waits for at most 3 s for every request to have ended, and reports whether that has happened: a client that goes away
// must not leave a request behind.
func (g *gateway) idle(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	return g.await(ctx, func() bool {
		metrics := g.get(ctx, "/metrics")
		return metrics != "" && !busy.MatchString(metrics)
	}) == nil
}
