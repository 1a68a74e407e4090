package limit

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// alone is a limiter without Redis, as of so many replicas.
func alone(t testing.TB, n int) *Limiter {
	t.Helper()
	return replica(t, "", func(o *Options) { o.Replicas = func() int { return n } })
}

func TestWithoutRedis(t *testing.T) {
	cases := map[string]struct {
		replicas, want int
		limit          *snapshot.Limit
	}{
		"One":       {1, 10, rpm("a", 10, long)},
		"Unknown":   {0, 10, rpm("a", 10, long)},
		"Three":     {3, 3, rpm("a", 10, long)},
		"AtLeast1":  {20, 1, rpm("a", 10, long)},
		"Tokens":    {1, 10, tpm("a", 10, long)},
		"Unlimited": {3, 50, &snapshot.Limit{ID: "a"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := count(t, alone(t, c.replicas), claim(c.limit), 50); got != c.want {
				t.Errorf("admitted %d, want %d", got, c.want)
			}
		})
	}
}

func TestNoClaims(t *testing.T) {
	p, err := alone(t, 1).Reserve(t.Context(), nil, 1)
	p.Settle(1)
	if p != nil || err != nil || p.Remaining() != nil {
		t.Errorf("got %v and %v, want no permit and no error", p, err)
	}
}

func TestWindowsFollowEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := alone(t, 1)
		claims := claim(rpm("a", 3, time.Minute))
		// The clock of synctest begins at midnight.
		sleep(t, 45*time.Second)
		if got := count(t, l, claims, 10); got != 3 {
			t.Errorf("first window: admitted %d, want 3", got)
		}
		_, err := l.Reserve(t.Context(), claims, 1)
		refusal, ok := errors.AsType[*ExceededError](err)
		if !ok || refusal.RetryAfter != 15*time.Second {
			t.Fatalf("got %v, want a refusal for 15 s", err)
		}
		if diff := cmp.Diff("Limit 'a' of the key: 3 requests in 1m. Try again in 15 s.", err.Error()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(State{claims[0].Limit, Requests, 3, 0, 15 * time.Second}, refusal.State()); diff != "" {
			t.Errorf("state (-want +got):\n%s", diff)
		}
		sleep(t, refusal.RetryAfter)
		if got := count(t, l, claims, 10); got != 3 {
			t.Errorf("next window: admitted %d, want 3", got)
		}
	})
}

func sleep(t *testing.T, d time.Duration) {
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

func TestTokensAreSettled(t *testing.T) {
	l := alone(t, 1)
	claims := claim(tpm("a", 1000, long))
	left := func() int64 { return l.Peek(t.Context(), claims)[0].Remaining }
	steps := []struct {
		name       string
		estimate   int64
		used, want int64
	}{
		{"LessThanReserved", 400, 100, 900},
		{"MoreThanReserved", 100, 300, 600},
		{"NothingUsed", 500, 0, 600},
		{"NegativeIsNothing", 500, -1, 600},
		{"MoreThanTheLimit", 100, 5000, 0},
	}
	for _, s := range steps {
		p := admit(t, l, claims, s.estimate)
		if p == nil {
			t.Fatalf("%s: refused", s.name)
		}
		p.Settle(s.used)
		if got := left(); got != s.want {
			t.Errorf("%s: %d tokens left, want %d", s.name, got, s.want)
		}
	}
	if admit(t, l, claims, 0) != nil {
		t.Error("a request of which nothing is known was admitted with no token left")
	}
}

// TestHugeEstimate asks for more than a whole window has to offer.
func TestHugeEstimate(t *testing.T) {
	l := alone(t, 1)
	claims := claim(tpm("a", 1000, long))
	p := admit(t, l, claims, 1_000_000)
	if p == nil {
		t.Fatal("refused although nothing was used")
	}
	if admit(t, l, claims, 1) != nil {
		t.Error("another was admitted beside it")
	}
	p.Settle(300)
	if admit(t, l, claims, 1_000_000) != nil || admit(t, l, claims, 700) == nil {
		t.Error("afterwards, want what is left and no more")
	}
}

// TestAllOrNothing refuses under the second claim, which must not cost the first anything.
func TestAllOrNothing(t *testing.T) {
	l := alone(t, 1)
	loose, tight := rpm("loose", 10, long), rpm("tight", 2, long)
	both := claim(loose, tight, parallel("p", 2))
	if got := count(t, l, both, 10); got != 2 {
		t.Errorf("admitted %d, want 2", got)
	}
	if got := count(t, l, claim(loose), 10); got != 8 {
		t.Errorf("admitted %d more under the first claim, want 8", got)
	}
	if got := len(fill(t, claim(parallel("p", 2)), l)); got != 2 {
		t.Errorf("%d slots are free, want 2", got)
	}
}

func TestSubjectsAreCountedApart(t *testing.T) {
	l := alone(t, 1)
	limit := rpm("a", 2, long)
	for _, subject := range []string{"", "alice", "bob"} {
		if got := count(t, l, []Claim{{Limit: limit, Subject: subject}}, 5); got != 2 {
			t.Errorf("%q: admitted %d, want 2", subject, got)
		}
	}
}

func TestExceededText(t *testing.T) {
	cases := map[string]struct {
		per   v1alpha1.LimitPer
		kind  Kind
		max   int64
		win   time.Duration
		after time.Duration
		want  string
	}{
		"Requests": {v1alpha1.LimitPerKey, Requests, 100, time.Minute, 11100 * time.Millisecond, "Limit 'l' of the key: 100 requests in 1m. Try again in 12 s."},
		"Tokens":   {v1alpha1.LimitPerUser, Tokens, 5, 90 * time.Minute, time.Hour, "Limit 'l' of the user: 5 tokens in 1h30m. Try again in 3600 s."},
		"Alias":    {v1alpha1.LimitPerAlias, Tokens, 5, 24 * time.Hour, 0, "Limit 'l' of the model: 5 tokens in 24h. Try again in 1 s."},
		"Parallel": {v1alpha1.LimitPerTarget, Parallel, 2, 10 * time.Second, time.Second, "Limit 'l' of the target: 2 requests at the same time. Try again in 1 s."},
		"Seconds":  {v1alpha1.LimitPerKey, Requests, 1, 10 * time.Second, time.Second, "Limit 'l' of the key: 1 requests in 10s. Try again in 1 s."},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := &ExceededError{&snapshot.Limit{Name: "l", Per: c.per, Window: c.win}, c.kind, c.max, c.after}
			if diff := cmp.Diff(c.want, e.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestFilesAreNoText: however large a file is, and whatever stands around it.
func TestFilesAreNoText(t *testing.T) {
	file, text := strings.Repeat("Ab+/9", 100_000), strings.Repeat("some words, ", 2000)
	const picture = fileTokens * bytesPerToken
	for name, c := range map[string]struct {
		body string
		want int
	}{
		"Nothing":  {"", 0},
		"Text":     {text, len(text)},
		"LongWord": {strings.Repeat("a", fileLeast-1), fileLeast - 1},
		"File":     {`{"data":"` + file + `"}`, len(`{"data":""}`) + picture},
		"Two":      {text + `"` + file + `","` + file + `"` + text, 2*len(text) + len(`"",""`) + 2*picture},
		"Escaped":  {strings.ReplaceAll(file, "/", `\/`), picture},
	} {
		if got := PromptBytes([]byte(c.body)); got != int64(c.want) {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}

func TestEstimateTokens(t *testing.T) {
	for _, c := range []struct{ body, output, want int64 }{
		{0, 0, 256}, {4000, 0, 1256}, {4000, 100, 1100}, {-5, -5, 256}, {3, 1, 1}, {4, 1<<63 - 1, 1 + 1<<30},
	} {
		if got := EstimateTokens(c.body, c.output); got != c.want {
			t.Errorf("%d bytes and %d tokens of output: got %d, want %d", c.body, c.output, got, c.want)
		}
	}
}
