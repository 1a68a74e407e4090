package server

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/admission"
	"github.com/fairlead-dev/fairlead/gateway/limit"
	"github.com/fairlead-dev/fairlead/gateway/load"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// limited serves m under rate limits that this process counts for itself.
func limited(t *testing.T, m *snapshot.Model) *gateway {
	t.Helper()
	tb := &table{}
	tb.Store(routes(m))
	desk := admission.New(admission.Options{Limits: limit.New(limit.Options{})})
	return startWith(t, Options{Snapshots: tb, MaxBody: 1 << 20, Desk: desk})
}

// left are the headers that say what is left of the limits.
func left(r reply) map[string]string {
	got := map[string]string{}
	for name, v := range r.Header {
		if strings.HasPrefix(name, "X-Ratelimit-") && !strings.Contains(name, "Reset") {
			got[strings.TrimPrefix(name, "X-Ratelimit-")] = v[0]
		}
	}
	return got
}

// TestEveryAnswerSaysWhatIsLeft: answers that are sent whole, streams, errors of the upstream, and the 429 of the limit itself.
func TestEveryAnswerSaysWhatIsLeft(t *testing.T) {
	m := model("chat", target(t, "a", func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("Traceparent") {
		case "stream":
			streamsChat()(w, r)
		case "refuse":
			answering(http.StatusBadRequest, "application/json", `{"error":{"message":"no"}}`)(w, r)
		default:
			answersChat()(w, r)
		}
	}))
	m.Limits = []*snapshot.Limit{{ID: "rpm", Name: "rpm", Per: v1alpha1.LimitPerAlias, Requests: 3, Window: time.Hour}}
	g := limited(t, m)
	for i, c := range []struct {
		body, mode string
		status     int
	}{{chatRequest, "", 200}, {chatStream, "stream", 200}, {chatRequest, "refuse", 400}, {chatRequest, "", 429}} {
		r := g.chat(c.body, "Traceparent", c.mode)
		want := map[string]string{"Limit-Requests": "3", "Remaining-Requests": strconv.Itoa(max(2-i, 0))}
		if diff := cmp.Diff(want, left(r)); diff != "" || r.StatusCode != c.status {
			t.Errorf("request %d: status %d, headers (-want +got):\n%s", i, r.StatusCode, diff)
		}
	}
}

// TestFullTargetCostsNoRetry: requests that a target's own limit does not let pass go to the next target, however many they are.
func TestFullTargetCostsNoRetry(t *testing.T) {
	m := model("chat", target(t, "a", answersChat()), target(t, "b", answersChat()))
	m.Retries = load.NewRetries(20, time.Now())
	m.Limits = []*snapshot.Limit{{ID: "each", Name: "each", Per: v1alpha1.LimitPerTarget, Requests: 40, Window: time.Hour}}
	g := limited(t, m)
	for i, want := range []string{"a", "b"} {
		for range 40 {
			if r := g.chat(chatRequest); r.StatusCode != http.StatusOK || r.Header.Get("X-Fairlead-Target") != want || r.Header.Get("X-Fairlead-Attempts") != "1" {
				t.Fatalf("status %d of target %q, want %d-th target %s", r.StatusCode, r.Header.Get("X-Fairlead-Target"), i, want)
			}
		}
	}
	r := g.chat(chatRequest)
	if diff := cmp.Diff(map[string]string{"Limit-Requests": "40", "Remaining-Requests": "0"}, left(r)); diff != "" || r.StatusCode != http.StatusTooManyRequests {
		t.Errorf("status %d, headers (-want +got):\n%s", r.StatusCode, diff)
	}
}

// TestTokensAreCountedWithoutALedger: a limit of tokens is settled with what a stream really took, which the upstream is asked for.
func TestTokensAreCountedWithoutALedger(t *testing.T) {
	var sent string
	m := model("chat", target(t, "a", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		sent = string(b)
		streamsChat()(w, r)
	}))
	m.Limits = []*snapshot.Limit{{ID: "tpm", Name: "tpm", Per: v1alpha1.LimitPerAlias, Tokens: 1000, Window: time.Hour}}
	g := limited(t, m)
	g.chat(chatStream)
	if !strings.Contains(sent, `"include_usage":true`) {
		t.Errorf("sent %s", sent)
	}
	// 274 of each request are reserved, and 10 taken.
	if got := left(g.chat(chatStream))["Remaining-Tokens"]; got != "716" {
		t.Errorf("%s tokens are left after the second", got)
	}
}
