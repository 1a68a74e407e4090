// Package sdktest asks the gateway with OpenAI's official SDKs: what they make of its answers is what applications see. Behind it
// stand a server of OpenAI's protocol, whose answers are passed on, and an Ollama, whose answers are translated.
package sdktest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
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
	key = "sk-sdktest"
	// retryMillis is what the upstream of the model `limited` asks for.
	retryMillis = "30"
)

// Models that clients use. Those of one upstream differ by what it answers.
const (
	hosted  = "hosted"  // OpenAI's protocol, passed on
	local   = "local"   // Ollama, translated
	limited = "limited" // OpenAI's protocol, always 429
	thinks  = "thinks"  // Ollama, thinks before it answers
	breaks  = "breaks"  // Ollama, fails in the middle of a stream
)

// gateway is a running gateway.
type gateway struct {
	// url is the base URL as SDKs want it.
	url string
	// limited counts the requests that reached the upstream of the model `limited`.
	limited *atomic.Int64
}

// start runs a gateway before two upstreams.
func start(t *testing.T) gateway {
	t.Helper()
	g := gateway{limited: new(atomic.Int64)}
	openAI := serve(t, openAIUpstream(g.limited))
	ollama := serve(t, http.HandlerFunc(ollamaUpstream))

	mac := hmac.New(sha256.New, []byte(strings.Repeat("p", 32)))
	mac.Write([]byte(key))
	in := snapshot.Input{
		Gateway: "ai/main",
		Config:  &v1alpha1.GatewayConfig{Revision: "1", KeysMode: v1alpha1.KeysRequired, AllowedNetworks: []v1alpha1.CIDR{"127.0.0.0/8"}},
		Credentials: map[string][]byte{
			v1alpha1.CredentialPepper:    []byte(strings.Repeat("p", 32)),
			v1alpha1.CredentialMasterKey: []byte(hex.EncodeToString(mac.Sum(nil))),
		},
		Providers: []snapshot.Provider{
			{Namespace: "ai", Name: "openai", Endpoint: &v1alpha1.ResolvedEndpoint{Revision: "1", Protocol: v1alpha1.ProtocolOpenAI, URL: openAI + "/v1"}},
			{Namespace: "ai", Name: "ollama", Endpoint: &v1alpha1.ResolvedEndpoint{Revision: "1", Protocol: v1alpha1.ProtocolOllama, URL: ollama}},
		},
		Aliases: []snapshot.Alias{alias(hosted, "openai"), alias(limited, "openai"), alias(local, "ollama"), alias(thinks, "ollama"), alias(breaks, "ollama")},
	}
	var table atomicTable
	table.Store(snapshot.Build(in, nil, protocols.New()))
	g.url = serve(t, server.New(server.Options{Snapshots: &table}).Handler()) + "/v1"
	return g
}

// atomicTable holds the one snapshot.
type atomicTable struct {
	atomic.Pointer[snapshot.Snapshot]
}

func (*atomicTable) Since() time.Time { return time.Now() }

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

// alias is a model with one target, whose own name there is the same with `-up` behind it.
func alias(name, provider string) snapshot.Alias {
	return snapshot.Alias{
		Namespace: "team", Name: name, Created: time.Unix(1_700_000_000, 0),
		Route: &v1alpha1.Route{
			Revision: "1", Generation: 1, Gateway: "ai/main", Model: v1alpha1.ModelPattern(name), Visibility: v1alpha1.VisibilityPublic,
			Strategy: v1alpha1.StrategyWeighted,
			Targets: []v1alpha1.RouteTarget{{
				Name: "only", Provider: "ai/" + provider, Model: v1alpha1.ModelPattern(name + "-up"), Weight: 1,
				Timeouts: v1alpha1.Timeouts{Request: "1m", FirstByte: "30s", StreamIdle: "30s"},
			}},
		},
	}
}

// asked is what the upstreams look at.
type asked struct {
	Model          string          `json:"model"`
	Stream         bool            `json:"stream"`
	Tools          json.RawMessage `json:"tools"`
	EncodingFormat string          `json:"encoding_format"`
	Options        struct {
		Temperature float64 `json:"temperature"`
	} `json:"options"`
}

func read(r *http.Request) (asked, error) {
	var a asked
	return a, json.NewDecoder(r.Body).Decode(&a)
}

// recorded answers with a file of testdata.
func recorded(w http.ResponseWriter, status int, name string) {
	body, err := os.ReadFile("testdata/" + name)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	for suffix, kind := range map[string]string{".json": "application/json", ".sse": "text/event-stream", ".ndjson": "application/x-ndjson"} {
		if strings.HasSuffix(name, suffix) {
			w.Header().Set("Content-Type", kind)
		}
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// openAIUpstream is a server of OpenAI's protocol.
func openAIUpstream(attempts *atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a, err := read(r)
		switch {
		case err != nil:
			http.Error(w, err.Error(), http.StatusBadRequest)
		case a.Model == limited+"-up":
			attempts.Add(1)
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Retry-After-Ms", retryMillis)
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"error":{"message":"slow down","type":"rate_limit_error","param":null,"code":"rate_limit_exceeded"}}`)
		case r.URL.Path == "/v1/embeddings" && a.EncodingFormat == "base64":
			recorded(w, http.StatusOK, "openai-embeddings-base64.json")
		case r.URL.Path == "/v1/embeddings":
			recorded(w, http.StatusOK, "openai-embeddings.json")
		default:
			recorded(w, http.StatusOK, map[bool]string{false: "openai-chat", true: "openai-tools"}[a.Tools != nil]+extension(a, ".sse"))
		}
	}
}

// ollamaUpstream is an Ollama.
func ollamaUpstream(w http.ResponseWriter, r *http.Request) {
	a, err := read(r)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case a.Model == breaks+"-up":
		w.Header().Set("Content-Type", "application/x-ndjson")
		_, _ = io.WriteString(w, `{"message":{"role":"assistant","content":"Hel"},"done":false}`+"\n"+`{"error":"model runner has unexpectedly stopped"}`+"\n")
	case a.Options.Temperature > 2:
		recorded(w, http.StatusInternalServerError, "ollama-bad-option.json")
	case r.URL.Path == "/api/embed":
		recorded(w, http.StatusOK, "ollama-embed.json")
	case a.Tools != nil && !a.Stream:
		recorded(w, http.StatusOK, "ollama-tools.json")
	case a.Tools != nil:
		recorded(w, http.StatusOK, "ollama-tools.ndjson")
	case a.Model == thinks+"-up":
		recorded(w, http.StatusOK, "ollama-think.ndjson")
	default:
		recorded(w, http.StatusOK, "ollama-chat"+extension(a, ".ndjson"))
	}
}

func extension(a asked, stream string) string {
	if a.Stream {
		return stream
	}
	return ".json"
}
