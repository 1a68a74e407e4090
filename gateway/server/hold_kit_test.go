package server

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/activation"
	"github.com/fairlead-dev/fairlead/gateway/provider/protocols"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// sleeper is an Ollama that listens only once it has been started.
type sleeper struct {
	t       *testing.T
	address string
	// port is a socket that has the address and does not listen, so that connections are refused and nobody else gets the port.
	port  *os.File
	looks atomic.Int64
	asked atomic.Int64
}

// newSleeper makes a server that does not listen yet.
func newSleeper(t *testing.T) *sleeper {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := &sleeper{t: t, port: os.NewFile(uintptr(fd), "port")}
	t.Cleanup(func() { _ = s.port.Close() })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	s.address = net.JoinHostPort("127.0.0.1", strconv.Itoa(name.(*syscall.SockaddrInet4).Port))
	return s
}

// start makes it listen.
func (s *sleeper) start() {
	err := syscall.Listen(int(s.port.Fd()), syscall.SOMAXCONN)
	if err == nil {
		err = s.serve()
	}
	if err != nil {
		s.t.Errorf("starting the server: %v", err)
	}
}

func (s *sleeper) serve() error {
	l, err := net.FileListener(s.port)
	if err != nil {
		return err
	}
	front := httptest.NewUnstartedServer(s)
	_ = front.Listener.Close()
	front.Listener = l
	front.Start()
	s.t.Cleanup(front.Close)
	return nil
}

// ServeHTTP answers as an Ollama does.
func (s *sleeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.URL.Path == "/api/version" {
		s.looks.Add(1)
		_, _ = io.WriteString(w, `{"version":"0.17.4"}`)
		return
	}
	s.asked.Add(1)
	w.Header().Set("Content-Type", "application/x-ndjson")
	if r.URL.Path == "/api/generate" {
		_, _ = io.WriteString(w, `{"model":"m","response":"yo","done":true,"done_reason":"stop","prompt_eval_count":1,"eval_count":1}`+"\n")
		return
	}
	if strings.Contains(string(body), `"stream":true`) {
		_, _ = io.WriteString(w, `{"model":"m","message":{"role":"assistant","content":"y"},"done":false}`+"\n")
	}
	_, _ = io.WriteString(w, `{"model":"m","message":{"role":"assistant","content":"o"},"done":true,"done_reason":"stop","prompt_eval_count":1,"eval_count":1}`+"\n")
}

// holding is a gateway whose model `chat` is served by a provider that scales to zero.
type holding struct {
	*gateway
	activator *activation.Activator
}

// hold starts it. edits change what the routing table is made of.
func hold(t *testing.T, s *sleeper, state v1alpha1.ActivationState, timeout v1alpha1.Duration, edits ...func(*snapshot.Input)) *holding {
	t.Helper()
	return holdWith(t, Options{}, activation.Options{}, s, state, timeout, edits...)
}

// holdWith is hold for a server and an Activator with options of their own.
func holdWith(
	t *testing.T, o Options, a activation.Options, s *sleeper, state v1alpha1.ActivationState, timeout v1alpha1.Duration, edits ...func(*snapshot.Input),
) *holding {
	t.Helper()
	in := snapshot.Input{
		Gateway: "ai/main", Config: &v1alpha1.GatewayConfig{KeysMode: v1alpha1.KeysOptional},
		Credentials: map[string][]byte{v1alpha1.CredentialPepper: []byte(strings.Repeat("p", 32))},
		Providers: []snapshot.Provider{{
			Namespace: "ai", Name: "local", Activation: &v1alpha1.Activation{State: state, Timeout: timeout},
			Endpoint: &v1alpha1.ResolvedEndpoint{Revision: "1", Protocol: v1alpha1.ProtocolOllama, URL: "http://" + s.address, Private: true},
		}},
		Aliases: []snapshot.Alias{{Namespace: "ai", Name: "chat", Route: &v1alpha1.Route{
			Gateway: "ai/main", Model: "chat", Targets: []v1alpha1.RouteTarget{heldTarget("local", "ai/local", 0)},
			Retry: v1alpha1.RouteRetry{Attempts: 2, BudgetPercent: 20, RetryOn: []v1alpha1.RetryCondition{v1alpha1.RetryOnConnectFailure}},
		}}},
	}
	for _, edit := range edits {
		edit(&in)
	}
	tb := &table{}
	tb.Store(snapshot.Build(in, nil, protocols.New()))
	if rejected := tb.Load().Confirmation.Rejected; rejected != nil {
		t.Fatalf("rejected: %+v", rejected)
	}
	h := &holding{}
	registry := prometheus.NewRegistry()
	a.Snapshots, a.Registerer = tb, registry
	h.activator = activation.New(a)
	o.Snapshots, o.Registry, o.Activator = tb, registry, h.activator
	h.gateway = startWith(t, o)
	return h
}

func heldTarget(name, provider string, priority int32) v1alpha1.RouteTarget {
	return v1alpha1.RouteTarget{
		Name: name, Provider: provider, Model: "m", Weight: 1, Priority: priority,
		Timeouts: v1alpha1.Timeouts{Request: "10s", FirstByte: "10s", StreamIdle: "10s"},
	}
}

// told says whether the operator was told that a server is needed.
func (h *holding) told() bool {
	select {
	case <-h.activator.Asked():
		return true
	default:
		return false
	}
}
