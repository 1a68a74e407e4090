package registry_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	filling "github.com/fairlead-dev/fairlead/controllers/ollama"
	"github.com/fairlead-dev/fairlead/hack/models"
	"github.com/fairlead-dev/fairlead/hack/registry"
)

const big = "tiny-big:latest"

// TestFillerWithRealOllama has the operator's Filler fill a real Ollama, set up as the operator sets it up, from a slow registry: a pull
// that was ended goes on where it was although the server was replaced, a model that does not exist is known as such, the server's
// digest is the one that the registry is known by, and what is listed no more is deleted.
func TestFillerWithRealOllama(t *testing.T) {
	binary := ollamaBinary(t)
	store, err := models.NewStore(models.All())
	if err != nil {
		t.Fatal(err)
	}
	mirror := httptest.NewServer(registry.New(store, registry.Faults{Rate: 10_000_000}))
	t.Cleanup(mirror.Close)
	home := t.TempDir()
	first := replaceable(t, binary, home)
	f := fillerOf(t)
	provider := types.NamespacedName{Namespace: "ai", Name: "local"}
	host := strings.TrimPrefix(mirror.URL, "http://")

	f.Fill(provider, asking(first.url, host, big, "nope:1b"))
	before := awaitModel(t, f, provider, big, func(m filling.ModelState) bool { return m.Progress.Completed > 4_000_000 })
	f.Fill(provider, nil) // as when the Pod is deleted
	awaitFile(t, home)
	first.end(t)
	second := replaceable(t, binary, home)
	f.Fill(provider, asking(second.url, host, big, "nope:1b"))
	after := awaitModel(t, f, provider, big, func(m filling.ModelState) bool { return m.Progress.Completed > 0 })
	t.Logf("%d of %d bytes before, %d after", before.Progress.Completed, before.Progress.Total, after.Progress.Completed)
	if after.Progress.Completed < before.Progress.Completed {
		t.Errorf("the pull began anew: %d bytes before, %d after", before.Progress.Completed, after.Progress.Completed)
	}
	there := awaitModel(t, f, provider, big, func(m filling.ModelState) bool { return m.State == v1alpha1.ModelReady })
	unknown := awaitModel(t, f, provider, "nope:1b", func(m filling.ModelState) bool { return m.State == v1alpha1.ModelFailed })
	if unknown.Reason != v1alpha1.ModelNotFound {
		t.Errorf("nope:1b failed for %s: %s", unknown.Reason, unknown.Message)
	}
	f.Patrol(provider, filling.Route{
		Models:   []v1alpha1.OllamaModel{{Name: big}},
		Registry: &v1alpha1.OllamaRegistry{Host: host, Insecure: true}, HTTP: http.DefaultClient,
	})
	eventually(t, func() error {
		if v := f.Versions(provider)[big]; !v.Is(there.Digest) {
			return fmt.Errorf("the registry has %s, the server %s", v.Digest, there.Digest)
		}
		return nil
	})
	f.Fill(provider, asking(second.url, host, "llama3.2:3b"))
	awaitModel(t, f, provider, "llama3.2:3b", func(m filling.ModelState) bool { return m.State == v1alpha1.ModelReady })
	if deleted := f.Deleted(provider); !slices.Contains(deleted, big) {
		t.Errorf("deleted %q, want %s among them", deleted, big)
	}
}

// asking is what the operator asks of a server of its own.
func asking(url, registry string, names ...v1alpha1.ModelName) []filling.Server {
	s := filling.Server{
		Client: filling.Client{URL: url, HTTP: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}, Own: true,
		Registry: &v1alpha1.OllamaRegistry{Host: registry, Insecure: true}, Revision: fmt.Sprint(names),
	}
	for _, name := range names {
		s.Models = append(s.Models, v1alpha1.OllamaModel{Name: name})
	}
	return []filling.Server{s}
}

func fillerOf(t *testing.T) *filling.Filler {
	t.Helper()
	pace := filling.DefaultPace()
	pace.Report, pace.FirstPatrol = 100*time.Millisecond, time.Millisecond
	f := filling.New(pace, func(types.NamespacedName) {})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return f
}

// server is a running Ollama that another one may take the place of.
type server struct {
	ollama
	cmd *exec.Cmd
}

// replaceable runs an Ollama on a volume, as render sets it up.
func replaceable(t *testing.T, binary, home string) *server {
	t.Helper()
	address := freeAddress(t)
	cmd := exec.CommandContext(t.Context(), binary, "serve")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Env = []string{
		"HOME=" + home, "OLLAMA_MODELS=" + home, "OLLAMA_HOST=" + address, "OLLAMA_NOPRUNE=true", "OLLAMA_NO_CLOUD=1", "PATH=" + os.Getenv("PATH"),
	}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &server{ollama{url: "http://" + address}, cmd}
	t.Cleanup(func() { _ = cmd.Wait() }) // its error is the signal, or that it was waited for before
	s.await(t)
	return s
}

// end tells the server to end, as a kubelet does, and waits until it has.
func (s *server) end(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Wait() // its error is the signal
}

// awaitFile waits until the server has written down how far the pull is, as it does when the pull is cancelled.
func awaitFile(t *testing.T, home string) {
	t.Helper()
	eventually(t, func() error {
		parts, err := os.ReadDir(home + "/blobs")
		if err != nil {
			return err
		}
		for _, p := range parts {
			if !strings.Contains(p.Name(), "-partial-") {
				continue
			}
			said, err := os.ReadFile(home + "/blobs/" + p.Name())
			if err == nil && !strings.Contains(string(said), `"Completed":0}`) {
				return nil
			}
		}
		return fmt.Errorf("no part of a download is there in part, of %d files", len(parts))
	})
}

func awaitModel(t *testing.T, f *filling.Filler, provider types.NamespacedName, name string, wanted func(filling.ModelState) bool) filling.ModelState {
	t.Helper()
	var last filling.ModelState
	eventually(t, func() error {
		for _, s := range f.States(provider) {
			if last = s.Models[name]; wanted(last) {
				return nil
			}
		}
		return fmt.Errorf("%s is %+v", name, last)
	})
	return last
}

func eventually(t *testing.T, check func() error) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	timeout := time.After(time.Minute)
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-timeout:
			t.Fatalf("not so within a minute: %v", err)
		}
	}
}
