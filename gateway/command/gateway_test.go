package command

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/watch/cluster/testcluster"
)

const masterKey = "sk-master"

// credentials are those of a gateway whose master key is masterKey, and of the provider openai in a namespace.
func credentials(namespace string) map[string][]byte {
	c := testcluster.Pepper()
	mac := hmac.New(sha256.New, c[v1alpha1.CredentialPepper])
	mac.Write([]byte(masterKey))
	c[v1alpha1.CredentialMasterKey] = []byte(hex.EncodeToString(mac.Sum(nil)))
	c[v1alpha1.ProviderCredentialKey(namespace, "openai")] = []byte("sk-provider")
	return c
}

// listening returns where a gateway says that clients and probes find it.
func listening(t *testing.T, p *process) (base, admin string) {
	t.Helper()
	var line struct{ Address, Admin string }
	if err := json.Unmarshal([]byte(p.line(`"msg":"listening"`)), &line); err != nil {
		t.Fatal(err)
	}
	return "http://" + line.Address + "/v1", "http://" + line.Admin
}

// untilReady polls, as a kubelet does.
func untilReady(t *testing.T, admin string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, admin+"/readyz", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("waiting to be ready: %v", err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return
		}
	}
}

// kubeconfig writes a kubeconfig for config.
func kubeconfig(t *testing.T, config *rest.Config) string {
	t.Helper()
	k := clientcmdapi.NewConfig()
	k.Clusters["c"] = &clientcmdapi.Cluster{Server: config.Host, CertificateAuthorityData: config.CAData}
	k.AuthInfos["u"] = &clientcmdapi.AuthInfo{ClientCertificateData: config.CertData, ClientKeyData: config.KeyData}
	k.Contexts["x"] = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u"}
	k.CurrentContext = "x"
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*k, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestGatewayStartsWithoutTheAPIServer: the last snapshot and the mounted Secret are all that it needs.
func TestGatewayStartsWithoutTheAPIServer(t *testing.T) {
	url, _ := fakeUpstream(t)
	state, mounted := t.TempDir(), t.TempDir()
	for name, value := range credentials("ai") {
		if err := os.WriteFile(filepath.Join(mounted, name), value, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in := snapshot.Input{
		Gateway: "ai/main",
		Config:  &v1alpha1.GatewayConfig{Revision: "sha256:c", KeysMode: v1alpha1.KeysRequired, AllowedNetworks: []v1alpha1.CIDR{"127.0.0.0/8"}},
		Providers: []snapshot.Provider{{Namespace: "ai", Name: "openai", Endpoint: &v1alpha1.ResolvedEndpoint{
			Protocol: v1alpha1.ProtocolOpenAI, URL: url, CredentialKey: v1alpha1.ProviderCredentialKey("ai", "openai"),
		}}},
		Aliases: []snapshot.Alias{{Namespace: "ai", Name: "chat", Route: &v1alpha1.Route{
			Revision: "sha256:r", Generation: 1, Gateway: "ai/main", Model: "chat",
			Targets: []v1alpha1.RouteTarget{{
				Name: "t", Provider: "ai/openai", Model: "one", Weight: 1,
				Timeouts: v1alpha1.Timeouts{Request: "1m", FirstByte: "1m", StreamIdle: "1m"},
			}},
		}}},
	}
	if err := snapshot.Save(filepath.Join(state, snapshotFile), in); err != nil {
		t.Fatal(err)
	}
	nobody := kubeconfig(t, &rest.Config{Host: "http://127.0.0.1:1"})
	began := time.Now()
	p := start(t, nil, "gateway", "--gateway", "ai/main", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
		"--state-dir", state, "--credentials-dir", mounted, "--kubeconfig", nobody, "--drain-delay", "1ms")
	base, admin := listening(t, p)
	untilReady(t, admin)
	t.Logf("ready after %v", time.Since(began))
	if status, body := ask(t.Context(), t, base, "chat", masterKey); status != http.StatusOK || !strings.Contains(body, "I am one") {
		t.Errorf("got %d %s, want an answer", status, body)
	}
	if status, _ := ask(t.Context(), t, base, "chat", "sk-wrong"); status != http.StatusUnauthorized {
		t.Errorf("a wrong key: got %d, want 401", status)
	}
	p.stop()
}

// TestGatewayIsNotReadyWithoutASnapshot: a corrupted file is told, and nobody is answered wrongly meanwhile.
func TestGatewayIsNotReadyWithoutASnapshot(t *testing.T) {
	state := t.TempDir()
	if err := os.WriteFile(filepath.Join(state, snapshotFile), []byte(`{"version":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	nobody := kubeconfig(t, &rest.Config{Host: "http://127.0.0.1:1"})
	p := start(t, nil, "gateway", "--gateway", "ai/main", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
		"--state-dir", state, "--credentials-dir", state, "--kubeconfig", nobody, "--drain-delay", "1ms")
	p.line("not starting from the last snapshot")
	base, _ := listening(t, p)
	if status, _ := ask(t.Context(), t, base, "chat", masterKey); status != http.StatusServiceUnavailable {
		t.Errorf("got %d, want 503: whether the key is right cannot be known", status)
	}
	p.stop()
}

// TestGateway follows a real API server, and confirms what it serves.
func TestGateway(t *testing.T) {
	config, c := testcluster.Start(t)
	o := testcluster.NewOperator(t, c)
	url, _ := fakeUpstream(t)
	state := t.TempDir()
	pod := []string{"POD_NAMESPACE=" + o.Namespace, "POD_NAME=main-0", "POD_UID=11111111-2222-3333-4444-555555555555"}
	p := start(t, pod, "gateway", "--gateway", o.Gateway().String(), "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
		"--state-dir", state, "--credentials-dir", state, "--kubeconfig", kubeconfig(t, config), "--drain-delay", "1ms")
	base, admin := listening(t, p)
	o.PublishProvider(url)
	alias := o.CreateAlias("chat")
	o.PublishRoute(alias, "one")
	o.PublishGateway(credentials(o.Namespace))
	untilReady(t, admin)
	if status, body := ask(t.Context(), t, base, "chat", masterKey); status != http.StatusOK || !strings.Contains(body, "I am one") {
		t.Fatalf("got %d %s, want an answer of one", status, body)
	}

	// What is confirmed is served: the very next request goes where the confirmed route says.
	for _, model := range []string{"two", "three", "four"} {
		o.PublishRoute(alias, model)
		began := time.Now()
		untilConfirmed(t, c, o, alias.ResourceVersion)
		t.Logf("confirmed after %v", time.Since(began))
		if _, body := ask(t.Context(), t, base, "chat", masterKey); !strings.Contains(body, "I am "+model) {
			t.Errorf("got %s, want an answer of %s", body, model)
		}
	}
	p.stop()
	err := c.Get(t.Context(), client.ObjectKey{Namespace: o.Namespace, Name: "main-0"}, &coordinationv1.Lease{})
	if client.IgnoreNotFound(err) != nil || err == nil {
		t.Errorf("got %v, want the Lease to go with its replica", err)
	}
	if _, err := snapshot.Load(filepath.Join(state, snapshotFile), o.Gateway().String()); err != nil {
		t.Errorf("the last snapshot was not kept: %v", err)
	}
}

// untilConfirmed waits until the Lease confirms a version of the aliases.
func untilConfirmed(t *testing.T, c client.Client, o *testcluster.Operator, version string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for tick := time.NewTicker(2 * time.Millisecond); ; <-tick.C {
		var lease coordinationv1.Lease
		if err := c.Get(ctx, client.ObjectKey{Namespace: o.Namespace, Name: "main-0"}, &lease); client.IgnoreNotFound(err) != nil {
			t.Fatalf("waiting for version %s: %v", version, err)
		}
		var confirmed v1alpha1.Confirmation
		_ = json.Unmarshal([]byte(lease.Annotations[v1alpha1.AnnotationConfirmation]), &confirmed)
		if confirmed.ModelAliases == version {
			return
		}
	}
}
