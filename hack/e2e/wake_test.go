package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

const (
	// wakers ask at once while nothing runs.
	wakers = 50
	// wakeOverhead is what waking may take besides what the server needs to start and to load its model.
	wakeOverhead = 2 * time.Second
)

// TestWakingOllama lets an Ollama scale to zero, asks for its model many times at once, and wants every answer. It measures how long the
// first token takes, and apart from that what a server needs by itself: from the making of its Pod to readiness, and to load the model.
func TestWakingOllama(t *testing.T) {
	s, c := connect(t)
	provider := sleepyProvider(t, s)
	create(t, s, provider)
	alias := stack.NewAlias(s.Namespace, "sleepy", provider.Name, "llama3.2:3b")
	create(t, s, alias)
	if err := s.AwaitReady(t.Context(), alias.Name, limit); err != nil {
		t.Fatal(err)
	}
	warm, err := firstToken(t.Context(), c, alias.Name)
	if err != nil {
		t.Fatal(err)
	}
	awaitZero(t, s, provider, alias)

	began := time.Now()
	firsts := wakeAtOnce(t, c, alias.Name)
	started := awaitState(t, s, provider, v1alpha1.ActivationActive)
	if len(started.Status.Servers) != 1 {
		t.Errorf("servers %+v, want the one that runs", started.Status.Servers)
	}
	slowest, quickest := time.Duration(0), time.Hour
	for _, f := range firsts {
		slowest, quickest = max(slowest, f), min(quickest, f)
	}
	t.Logf("%d requests while nothing ran: all answered within %s; first token after %s to %s; %s where the server runs",
		wakers, time.Since(began).Round(time.Millisecond), quickest.Round(time.Millisecond), slowest.Round(time.Millisecond), warm.Round(time.Millisecond))

	start, load := bareStart(t, s, c, provider, alias.Name)
	t.Logf("a server by itself: %s from its Pod to readiness, %s to load the model; waking adds %s",
		start.Round(time.Millisecond), load.Round(time.Millisecond), (quickest - start - load).Round(time.Millisecond))
	if quickest > start+load+wakeOverhead {
		t.Errorf("the first token took %s, want at most %s more than the %s that a server takes by itself", quickest, wakeOverhead, start+load)
	}
}

// sleepyProvider pulls from where the sample's Ollama does.
func sleepyProvider(t *testing.T, s *stack.Stack) *v1alpha1.ModelProvider {
	t.Helper()
	sample := &v1alpha1.ModelProvider{}
	if err := s.Client.Get(t.Context(), client.ObjectKey{Namespace: s.Namespace, Name: "local"}, sample); err != nil {
		t.Fatal(err)
	}
	return &v1alpha1.ModelProvider{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: "sleepy"},
		Spec: v1alpha1.ModelProviderSpec{Type: v1alpha1.ProviderOllama, Ollama: &v1alpha1.Ollama{
			Managed: &v1alpha1.ManagedOllama{
				ScaleToZero: &v1alpha1.ScaleToZero{IdleAfter: "10s", ActivationTimeout: "2m"},
				Storage:     &v1alpha1.Storage{ReclaimPolicy: v1alpha1.ReclaimDelete},
			},
			Registry: sample.Spec.Ollama.Registry, Models: []v1alpha1.OllamaModel{{Name: "llama3.2:3b"}},
		}},
	}
}

// awaitState waits until the servers of a provider are in a state.
func awaitState(t *testing.T, s *stack.Stack, provider *v1alpha1.ModelProvider, state v1alpha1.ActivationState) *v1alpha1.ModelProvider {
	t.Helper()
	found := &v1alpha1.ModelProvider{}
	poll(t, func(ctx context.Context) error {
		if err := s.Client.Get(ctx, client.ObjectKeyFromObject(provider), found); err != nil {
			return err
		}
		if a := found.Status.Activation; a == nil || a.State != state {
			return fmt.Errorf("the activation is %+v, want %s", a, state)
		}
		return nil
	})
	return found
}

// awaitZero waits until nothing runs, and looks at what is said of it.
func awaitZero(t *testing.T, s *stack.Stack, provider *v1alpha1.ModelProvider, alias *v1alpha1.ModelAlias) {
	t.Helper()
	began := time.Now()
	awaitState(t, s, provider, v1alpha1.ActivationScaledToZero)
	poll(t, func(ctx context.Context) error {
		set := &appsv1.StatefulSet{}
		if err := s.Client.Get(ctx, client.ObjectKey{Namespace: s.Namespace, Name: provider.Name + "-ollama"}, set); err != nil {
			return err
		}
		if set.Status.Replicas != 0 {
			return fmt.Errorf("%d Pods are left", set.Status.Replicas)
		}
		found := &v1alpha1.ModelAlias{}
		if err := s.Client.Get(ctx, client.ObjectKeyFromObject(alias), found); err != nil {
			return err
		}
		c := meta.FindStatusCondition(found.Status.Conditions, v1alpha1.ConditionReady)
		if c == nil || c.Status != metav1.ConditionTrue || c.Reason != v1alpha1.ReasonScaledToZero {
			return fmt.Errorf("the alias is %+v, want it ready with reason %s", c, v1alpha1.ReasonScaledToZero)
		}
		return nil
	})
	t.Logf("scaled to zero %s after the last request", time.Since(began).Round(time.Second))
}

// wakeAtOnce asks from all sides, every other time for a stream, and returns how long the first tokens took.
func wakeAtOnce(t *testing.T, c *stack.Client, model string) []time.Duration {
	t.Helper()
	var group sync.WaitGroup
	firsts := make([]time.Duration, wakers)
	for i := range wakers {
		group.Go(func() {
			began := time.Now()
			var err error
			if i%2 == 0 {
				firsts[i], err = firstToken(t.Context(), c, model)
			} else {
				_, err = c.Ask(t.Context(), model, "who are you?")
				firsts[i] = time.Since(began)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	return firsts
}

// firstToken reads a stream to its end and returns how long its first event took. Comments are none.
func firstToken(ctx context.Context, c *stack.Client, model string) (first time.Duration, err error) {
	body := fmt.Sprintf(`{"model":%q,"stream":true,"messages":[{"role":"user","content":"who are you?"}]}`, model)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.BaseURL+"/chat/completions", strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+c.Key)
	began := time.Now()
	response, err := c.HTTP.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	last := ""
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		data, found := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		if !found {
			continue
		}
		if last = string(data); first == 0 {
			first = time.Since(began)
		}
	}
	if response.StatusCode != http.StatusOK || last != "[DONE]" {
		return 0, fmt.Errorf("the stream has status %d and ends with %q", response.StatusCode, last)
	}
	return first, nil
}

// bareStart deletes the Pod of a server and measures what its successor needs by itself: to be ready, and to load the model. A request
// that is held keeps it from being stopped again meanwhile, and is the one that loads the model.
func bareStart(t *testing.T, s *stack.Stack, c *stack.Client, provider *v1alpha1.ModelProvider, model string) (start, load time.Duration) {
	t.Helper()
	name := client.ObjectKey{Namespace: s.Namespace, Name: provider.Name + "-ollama-0"}
	old, pod := &corev1.Pod{}, &corev1.Pod{}
	if err := s.Client.Get(t.Context(), name, old); err != nil {
		t.Fatal(err)
	}
	killPod(t, s, name.Name)
	quickly(t, func(ctx context.Context) (bool, error) {
		err := s.Client.Get(ctx, name, pod)
		return err == nil && pod.UID != old.UID, client.IgnoreNotFound(err)
	})
	made, failed := time.Now(), make(chan error, 1)
	go func() {
		var err error
		load, err = loadTime(t.Context(), c, model)
		failed <- err
	}()
	quickly(t, func(ctx context.Context) (bool, error) {
		err := s.Client.Get(ctx, name, pod)
		return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
			return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
		}), err
	})
	start = time.Since(made)
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	return start, load
}

// quickly waits for something whose time is measured.
func quickly(t *testing.T, happened wait.ConditionWithContextFunc) {
	t.Helper()
	if err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, limit, true, happened); err != nil {
		t.Fatal(err)
	}
}

// loadTime is how long Ollama says that it took to load the model.
func loadTime(ctx context.Context, c *stack.Client, model string) (time.Duration, error) {
	answer, err := c.Call(ctx, http.MethodPost, "/api/chat", json.RawMessage(fmt.Sprintf(
		`{"model":%q,"stream":false,"messages":[{"role":"user","content":"who are you?"}]}`, model)))
	if err != nil {
		return 0, err
	}
	var said struct {
		LoadDuration int64 `json:"load_duration"`
	}
	if err := answer.Decode(&said); err != nil {
		return 0, err
	}
	return time.Duration(said.LoadDuration), nil
}
