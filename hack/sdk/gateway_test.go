// Package sdk asks the gateway with the official Go SDKs, each for a model at each kind of upstream: what they make of the answers is
// what applications see, and what the upstreams receive is what is left of the question. It is a module of its own because of what
// the SDKs depend on.
package sdk

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/provider/protocols"
	"github.com/fairlead-dev/fairlead/gateway/server"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

const (
	key      = "sk-sdk"
	wrongKey = "sk-of-nobody"
)

// gateway is a running gateway with its upstreams.
type gateway struct {
	// url has no version in it.
	url       string
	upstreams map[string]*upstream
}

// start runs a gateway with a model for each upstream and each of its scenarios, such as `gemini-tools`.
func start(t *testing.T) *gateway {
	t.Helper()
	in := snapshot.Input{
		Gateway:     "ai/main",
		Config:      &v1alpha1.GatewayConfig{Revision: "1", KeysMode: v1alpha1.KeysRequired, AllowedNetworks: []v1alpha1.CIDR{"127.0.0.0/8"}},
		Credentials: credentials(),
	}
	g := &gateway{upstreams: map[string]*upstream{}}
	for _, kind := range kinds() {
		u := newUpstream(t, kind)
		g.upstreams[kind.name] = u
		for _, scenario := range scenarios() {
			name := kind.name + "-" + scenario
			in.Providers = append(in.Providers, snapshot.Provider{Namespace: "ai", Name: name, Endpoint: &v1alpha1.ResolvedEndpoint{
				Revision: "1", Protocol: kind.protocol, URL: u.url + "/" + scenario + kind.version,
			}})
			in.Aliases = append(in.Aliases, alias(name, kind.model))
		}
	}
	var table atomicTable
	table.Store(snapshot.Build(in, nil, protocols.New()))
	srv := httptest.NewServer(server.New(server.Options{Snapshots: &table}).Handler())
	t.Cleanup(srv.Close)
	g.url = srv.URL
	return g
}

// credentials are those of a gateway with one key.
func credentials() map[string][]byte {
	pepper := []byte(strings.Repeat("p", 32))
	mac := hmac.New(sha256.New, pepper)
	mac.Write([]byte(key))
	return map[string][]byte{
		v1alpha1.CredentialPepper:    pepper,
		v1alpha1.CredentialMasterKey: []byte(hex.EncodeToString(mac.Sum(nil))),
	}
}

// alias is a model with one target, at the provider of the same name.
func alias(name, model string) snapshot.Alias {
	return snapshot.Alias{
		Namespace: "team", Name: name, Created: time.Unix(1_700_000_000, 0),
		Route: &v1alpha1.Route{
			Revision: "1", Generation: 1, Gateway: "ai/main", Model: v1alpha1.ModelPattern(name), Visibility: v1alpha1.VisibilityPublic,
			Strategy: v1alpha1.StrategyWeighted,
			Targets: []v1alpha1.RouteTarget{{
				Name: "only", Provider: "ai/" + name, Model: v1alpha1.ModelPattern(model), Weight: 1,
				Timeouts: v1alpha1.Timeouts{Request: "1m", FirstByte: "30s", StreamIdle: "30s"},
			}},
		},
	}
}

// atomicTable holds the one snapshot.
type atomicTable struct {
	atomic.Pointer[snapshot.Snapshot]
}

func (*atomicTable) Since() time.Time { return time.Now() }

// link is the HTTP transport of an SDK. It remembers the last body that was sent, and gives a key to the SDK that knows none.
type link struct {
	bearer string
	body   []byte
}

func (l *link) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if l.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+l.bearer)
	}
	if r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		if l.body, err = readAll(body); err != nil {
			return nil, err
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}
