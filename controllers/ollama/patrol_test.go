package ollama_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/ollama"
)

// registry serves one manifest for library/tiny:latest.
type registry struct {
	*httptest.Server

	mu       sync.Mutex
	manifest string
	broken   bool
	asked    int
}

func newRegistry(t *testing.T, manifest string) *registry {
	r := &registry{manifest: manifest}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *registry) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	switch {
	case r.broken:
		w.WriteHeader(http.StatusBadGateway)
	case q.URL.Path != "/v2/library/tiny/manifests/latest" || q.Header.Get("Accept") != "application/vnd.docker.distribution.manifest.v2+json":
		w.WriteHeader(http.StatusNotFound)
	default:
		_, _ = w.Write([]byte(r.manifest))
	}
}

func (r *registry) set(manifest string, broken bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.manifest, r.broken = manifest, broken
}

func (r *registry) requests() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

func (r *registry) host() string { return strings.TrimPrefix(r.URL, "http://") }

func (r *registry) route(models ...v1alpha1.ModelName) ollama.Route {
	route := ollama.Route{Registry: &v1alpha1.OllamaRegistry{Host: r.host(), Insecure: true}, HTTP: r.Client()}
	for _, m := range models {
		route.Models = append(route.Models, v1alpha1.OllamaModel{Name: m})
	}
	return route
}

// manifestOf is a manifest as Ollama writes it, and the digest that it says of it.
func manifestOf(layer string) (manifest, digest string) {
	manifest = `{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json",` +
		`"config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"sha256:c","size":409},` +
		`"layers":[{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:` + layer + `","size":1}]}`
	sum := sha256.Sum256([]byte(manifest))
	return manifest, hex.EncodeToString(sum[:])
}

// patrolling is a pace at which a registry is asked all the time.
func patrolling() ollama.Pace {
	p := brisk()
	p.FirstPatrol, p.Patrol, p.PatrolAgain = time.Millisecond, 5*time.Millisecond, 5*time.Millisecond
	return p
}

func expectVersion(t *testing.T, f *ollama.Filler, digest string) {
	t.Helper()
	testkit.Eventually(t, func() error {
		if v := f.Versions(provider)["tiny"]; !v.Is("sha256:" + digest) {
			return fmt.Errorf("the registry is said to have %+v, want %s", v, digest)
		}
		return nil
	})
}

// TestPatrol: a version that changes is told of, whatever the order in which the registry writes it; one that cannot be asked for
// stays as it was known, and so does the time when it is asked for next.
func TestPatrol(t *testing.T) {
	manifest, digest := manifestOf("a")
	r := newRegistry(t, manifest)
	told := make(chan struct{}, 10000)
	f := runningAt(t, patrolling(), func(types.NamespacedName) { told <- struct{}{} })
	f.Patrol(provider, r.route("tiny", "unknown"))
	expectVersion(t, f, digest)
	if f.Versions(provider)["unknown"].Known() {
		t.Error("a model is known that the registry does not have")
	}
	r.set("", true)
	asked := r.requests()
	testkit.Eventually(t, func() error {
		if n := r.requests(); n < asked+4 {
			return fmt.Errorf("asked %d more times", n-asked)
		}
		return nil
	})
	expectVersion(t, f, digest)
	// The same in another order and with white space: what a server says of it is the same.
	const config = `"config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"sha256:c","size":409},`
	r.set(strings.Replace(strings.Replace(manifest, config, "", 1), "{", "{ "+config+"\n", 1), false)
	asked = r.requests()
	testkit.Eventually(t, func() error {
		if n := r.requests(); n < asked+4 {
			return fmt.Errorf("asked %d more times", n-asked)
		}
		return nil
	})
	expectVersion(t, f, digest)
	next, changed := manifestOf("b")
	r.set(next, false)
	expectVersion(t, f, changed)
	f.Patrol(provider, ollama.Route{})
	if v := f.Versions(provider); v != nil {
		t.Errorf("versions = %v after the end", v)
	}
}

// TestEditsAskNoMoreOften: a provider that is edited again and again has its registry asked once.
func TestEditsAskNoMoreOften(t *testing.T) {
	manifest, digest := manifestOf("a")
	r := newRegistry(t, manifest)
	pace := patrolling()
	pace.Patrol = time.Hour
	f := runningAt(t, pace, func(types.NamespacedName) {})
	f.Patrol(provider, r.route("tiny"))
	expectVersion(t, f, digest)
	for range 5 {
		f.Patrol(provider, r.route("tiny", "other"))
		f.Patrol(provider, r.route("tiny"))
	}
	expectVersion(t, f, digest)
	if n := r.requests(); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
}

// TestRenew: where that is wanted, another version in the registry is pulled, once, the old one answers meanwhile, and nothing of it
// is left on the server.
func TestRenew(t *testing.T) {
	old, oldDigest := manifestOf("a")
	r := newRegistry(t, old)
	s := testkit.NewOllamaServer(t)
	from := r.host() + "/library/tiny"
	s.Publish(from, oldDigest)
	f := runningAt(t, patrolling(), func(types.NamespacedName) {})
	wanted := server(s, "1", "tiny")
	wanted.Own, wanted.Renew, wanted.Registry = true, true, r.route().Registry
	f.Fill(provider, []ollama.Server{wanted})
	expectState(t, f, s.URL, "tiny", v1alpha1.ModelReady)
	f.Patrol(provider, r.route("tiny"))
	expectVersion(t, f, oldDigest)

	before := len(s.Requests())
	release := s.Hold()
	manifest, digest := manifestOf("b")
	s.Publish(from, digest)
	r.set(manifest, false)
	testkit.Eventually(t, func() error {
		if !slices.Contains(s.Requests()[before:], "pull "+from) {
			return fmt.Errorf("the new version is not pulled: %q", s.Requests()[before:])
		}
		return nil
	})
	if m := f.States(provider)[s.URL].Models["tiny"]; m.State != v1alpha1.ModelReady || m.Digest != "sha256:"+oldDigest {
		t.Errorf("meanwhile the model is %+v", m)
	}
	release()
	testkit.Eventually(t, func() error {
		if m := f.States(provider)[s.URL].Models["tiny"]; m.Digest != "sha256:"+digest || m.State != v1alpha1.ModelReady {
			return fmt.Errorf("the model is %+v", m)
		}
		return nil
	})
	if diff := cmp.Diff([]string{"tiny:latest"}, s.Models()); diff != "" {
		t.Errorf("models (-want +got):\n%s", diff)
	}
	if n := len(f.Deleted(provider)); n != 0 {
		t.Errorf("%d deletions are told of", n)
	}
}

// TestRenewOnce: a version that a server counts differently, because it is of another release, is pulled once and not for ever; one
// that cannot be pulled is tried again, and the model is there all the while.
func TestRenewOnce(t *testing.T) {
	manifest, _ := manifestOf("a")
	r := newRegistry(t, manifest)
	s := testkit.NewOllamaServer(t, "tiny:latest")
	from := r.host() + "/library/tiny"
	s.Refuse(from, "no space left on device")
	f := runningAt(t, patrolling(), func(types.NamespacedName) {})
	wanted := server(s, "1", "tiny")
	wanted.Renew, wanted.Registry = true, r.route().Registry
	f.Fill(provider, []ollama.Server{wanted})
	f.Patrol(provider, r.route("tiny"))
	testkit.Eventually(t, func() error {
		m := f.States(provider)[s.URL].Models["tiny"]
		if m.State != v1alpha1.ModelReady || m.Reason != v1alpha1.ModelDiskFull {
			return fmt.Errorf("the model is %+v", m)
		}
		return nil
	})
	s.Refuse(from, "")
	testkit.Eventually(t, func() error {
		if m := f.States(provider)[s.URL].Models["tiny"]; m.Reason != "" {
			return fmt.Errorf("the model is %+v", m)
		}
		return nil
	})
	pulls := func() int {
		return len(slices.DeleteFunc(s.Requests(), func(q string) bool { return q != "pull "+from }))
	}
	before, asked := pulls(), r.requests()
	testkit.Eventually(t, func() error {
		if n := r.requests(); n < asked+10 {
			return fmt.Errorf("asked %d more times", n-asked)
		}
		return nil
	})
	if n := pulls(); n != before {
		t.Errorf("pulled %d more times", n-before)
	}
}
