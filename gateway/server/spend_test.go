package server

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/provider/protocols"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

const (
	issuedKey  = "sk-issued-key"
	testPepper = "a pepper of thirty-two bytes and more"
)

func digestOf(key string) string {
	mac := hmac.New(sha256.New, []byte(testPepper))
	mac.Write([]byte(key))
	return hex.EncodeToString(mac.Sum(nil))
}

// withKeys is a snapshot whose master key is testKey, and that knows one GatewayKey, team-a/ci.
func withKeys(mode v1alpha1.KeysMode) *snapshot.Snapshot {
	return snapshot.Build(snapshot.Input{
		Gateway: "ai/main",
		Config:  &v1alpha1.GatewayConfig{Revision: "sha256:c", KeysMode: mode, AllowedNetworks: []v1alpha1.CIDR{"127.0.0.0/8"}},
		Credentials: map[string][]byte{
			v1alpha1.CredentialPepper: []byte(testPepper), v1alpha1.CredentialMasterKey: []byte(digestOf(testKey)),
		},
		Keys: []snapshot.GatewayKey{{Namespace: "team-a", Name: "ci", Policy: &v1alpha1.KeyPolicy{
			Revision: "sha256:k", Generation: 1, Gateway: "ai/main", Digest: v1alpha1.KeyDigest(digestOf(issuedKey)),
		}}},
	}, nil, protocols.New())
}

func issuedID() string { return digestOf(issuedKey)[:16] }

// usageLog answers from what it is given and notes what it is asked.
type usageLog struct {
	page  ledger.Page
	sums  map[ledger.By][]ledger.Sum
	err   error
	asked []string
}

func (u *usageLog) Logs(ctx context.Context, f ledger.Filter) (ledger.Page, error) {
	if _, bounded := ctx.Deadline(); !bounded {
		return ledger.Page{}, errors.New("no deadline")
	}
	u.asked = append(u.asked, fmt.Sprintf("%s..%s key=%s user=%s model=%s request=%s limit=%d cursor=%s",
		stamp(f.From), stamp(f.To), f.KeyID, f.User, f.Model, f.RequestID, f.Limit, f.Cursor))
	return u.page, u.err
}

func (u *usageLog) Spend(_ context.Context, by ledger.By, from, to time.Time) ([]ledger.Sum, error) {
	u.asked = append(u.asked, fmt.Sprintf("%s %s..%s", by, stamp(from), stamp(to)))
	return u.sums[by], u.err
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

func startWithUsage(t *testing.T, u *usageLog) *gateway {
	t.Helper()
	tb := &table{}
	tb.Store(withKeys(v1alpha1.KeysRequired))
	return startWith(t, Options{Snapshots: tb, Usage: func() Usage { return u }})
}

func (g *gateway) get(path string) reply {
	g.t.Helper()
	return g.do(g.request(http.MethodGet, path, ""))
}

// indented is a JSON document as a person would write it.
func indented(t *testing.T, text string) string {
	t.Helper()
	var doc any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	b, err := json.MarshalIndent(doc, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func loggedEvent() *ledger.Event {
	return &ledger.Event{
		ID: ledger.ID{15: 7}, RequestID: "r-1", Start: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), State: ledger.Complete,
		KeyID: "0123456789abcdef", Key: "team-a/ci", User: "ann", Operation: "chat", Model: "chat", Alias: "team-a/chat", Target: "big",
		Provider: "ai/openai", UpstreamModel: "gpt", Attempts: 2, Status: 200, Stream: true,
		Usage: chat.Usage{Known: true, InputTokens: 100, CachedInputTokens: 40, OutputTokens: 20, ReasoningTokens: 5},
		Cost:  37_500, Priced: true, FirstByte: 250 * time.Millisecond, Duration: 2 * time.Second,
	}
}

func TestSpendLogs(t *testing.T) {
	u := &usageLog{page: ledger.Page{Events: []*ledger.Event{loggedEvent()}, Next: "c-2"}}
	g := startWithUsage(t, u)
	r := g.get("/spend/logs?user_id=ann&request_id=r-1")
	want := `[{
		"request_id": "r-1", "call_type": "acompletion", "api_key": "0123456789abcdef", "spend": 0.0000375,
		"total_tokens": 120, "prompt_tokens": 100, "completion_tokens": 20,
		"startTime": "2026-11-23T12:00:00Z", "endTime": "2026-11-23T12:00:02Z", "completionStartTime": "2026-11-23T12:00:00.25Z",
		"model": "gpt", "model_group": "chat", "custom_llm_provider": "ai/openai", "user": "ann", "end_user": "ann",
		"cache_hit": "False", "status": "success",
		"metadata": {
			"event_id": "00000000-0000-0000-0000-000000000007", "state": "complete", "http_status": 200, "operation": "chat",
			"key": "team-a/ci", "alias": "team-a/chat", "target": "big", "attempts": 2, "stream": true,
			"cached_prompt_tokens": 40, "cache_write_tokens": 0, "reasoning_tokens": 5, "tokens_estimated": false, "priced": true,
			"duration_ms": 2000, "first_byte_ms": 250
		}
	}]`
	if r.StatusCode != http.StatusOK || r.Header.Get("X-Next-Cursor") != "c-2" {
		t.Fatalf("status %d, next %q: %s", r.StatusCode, r.Header.Get("X-Next-Cursor"), r.body)
	}
	if diff := cmp.Diff(indented(t, want), indented(t, r.body)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSpendLogsOfFailures(t *testing.T) {
	for state, want := range map[ledger.State]string{
		ledger.Begun: "failure", ledger.Complete: "success", ledger.Incomplete: "failure", ledger.Failed: "failure", ledger.Interrupted: "failure",
	} {
		e := entryOf(&ledger.Event{State: state, CacheHit: true, Operation: "embeddings"})
		if e.Status != want || e.CacheHit != "True" || e.CallType != "aembedding" || e.CompletionStart != nil {
			t.Errorf("%s: %+v", state, e)
		}
	}
}

func TestSpendLogsFilter(t *testing.T) {
	cases := map[string]struct{ query, want string }{
		"Nothing":      {"", ".. key= user= model= request= limit=100 cursor="},
		"KeyID":        {"api_key=0123456789abcdef", ".. key=0123456789abcdef user= model= request= limit=100 cursor="},
		"KeyName":      {"api_key=team-a/ci", ".. key=" + issuedID() + " user= model= request= limit=100 cursor="},
		"Day":          {"start_date=2026-11-23&end_date=2026-11-23&summarize=false", "2026-11-23T00:00:00Z..2026-11-24T00:00:00Z key= user= model= request= limit=100 cursor="},
		"Times":        {"start_date=2026-11-23T10:00:00%2B02:00&end_date=2026-11-23+09:30:00&model=chat", "2026-11-23T08:00:00Z..2026-11-23T09:30:00Z key= user= model=chat request= limit=100 cursor="},
		"Page":         {"limit=1000&cursor=c-2", ".. key= user= model= request= limit=1000 cursor=c-2"},
		"SummaryOfAll": {"summarize=false", ".. key= user= model= request= limit=100 cursor="},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			u := &usageLog{}
			r := startWithUsage(t, u).get("/spend/logs?" + c.query)
			if r.StatusCode != http.StatusOK || r.body != "[]" || r.Header.Get("X-Next-Cursor") != "" {
				t.Errorf("status %d: %s", r.StatusCode, r.body)
			}
			if diff := cmp.Diff([]string{c.want}, u.asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSpendRefuses(t *testing.T) {
	cases := map[string]struct{ path, param string }{
		"Date":            {"/spend/logs?start_date=yesterday", "start_date"},
		"EndBeforeStart":  {"/spend/logs?start_date=2026-11-23&end_date=2026-11-22", "end_date"},
		"Limit":           {"/spend/logs?limit=1001", "limit"},
		"LimitNoNumber":   {"/spend/logs?limit=x", "limit"},
		"Summarize":       {"/spend/logs?summarize=maybe", "summarize"},
		"SummaryFiltered": {"/spend/logs?summarize=true&start_date=2026-11-01&user_id=ann", "summarize"},
		"SummaryUndated":  {"/spend/logs?summarize=true", "summarize"},
		"KeyItself":       {"/spend/logs?api_key=" + issuedKey, "api_key"},
		"UnknownKey":      {"/spend/logs?api_key=team-a/nobody", "api_key"},
		"Group":           {"/global/spend/report?group_by=colour", "group_by"},
		"NoGroup":         {"/global/spend/report", "group_by"},
		"DateOfSum":       {"/spend/keys?end_date=2026-13-01", "end_date"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			u := &usageLog{}
			r := startWithUsage(t, u).get(c.path)
			e := r.openAIError(t)
			if r.StatusCode != http.StatusBadRequest || e.Param == nil || *e.Param != c.param {
				t.Errorf("status %d: %s", r.StatusCode, r.body)
			}
			if strings.Contains(r.body, issuedKey) || len(u.asked) > 0 {
				t.Errorf("the answer %s, and the store was asked %q", r.body, u.asked)
			}
		})
	}
}

func TestSpendCursorThatIsNone(t *testing.T) {
	u := &usageLog{err: fmt.Errorf("reading: %w", ledger.ErrCursor)}
	if r := startWithUsage(t, u).get("/spend/logs?cursor=x"); r.StatusCode != http.StatusBadRequest || *r.openAIError(t).Param != "cursor" {
		t.Errorf("status %d: %s", r.StatusCode, r.body)
	}
}

func TestSpendSums(t *testing.T) {
	one := func(name string) []ledger.Sum {
		return []ledger.Sum{{Name: name, Requests: 3, InputTokens: 100, CachedInputTokens: 40, OutputTokens: 20, Cost: 1_500_000_000}}
	}
	const rest = `"spend": 1.5, "requests": 3, "total_tokens": 120, "prompt_tokens": 100, "cached_prompt_tokens": 40, "completion_tokens": 20`
	cases := map[string]struct {
		path string
		by   ledger.By
		sums []ledger.Sum
		want string
	}{
		"Keys":       {"/spend/keys?", ledger.ByKey, one(issuedID()), `[{"token": "` + issuedID() + `", "key_alias": "team-a/ci", ` + rest + `}]`},
		"MasterKey":  {"/spend/keys?", ledger.ByKey, one("master"), `[{"token": "master", "key_alias": null, ` + rest + `}]`},
		"Users":      {"/spend/users?", ledger.ByUser, one("ann"), `[{"user_id": "ann", ` + rest + `}]`},
		"OtherUser":  {"/spend/users?user_id=bob&", ledger.ByUser, one("ann"), `[]`},
		"Models":     {"/spend/models?", ledger.ByModel, one("chat"), `[{"model": "chat", "log_count": 3, "total_spend": 1.5, ` + rest + `}]`},
		"Aliases":    {"/global/spend/report?group_by=alias&", ledger.ByAlias, one("a/b"), `[{"group_by": "alias", "name": "a/b", ` + rest + `}]`},
		"Days":       {"/global/spend/report?group_by=day&", ledger.ByDay, one("2026-11-23"), `[{"group_by": "day", "name": "2026-11-23", ` + rest + `}]`},
		"LiteLLMKey": {"/global/spend/report?group_by=api_key&", ledger.ByKey, one(issuedID()), `[{"group_by": "key", "name": "` + issuedID() + `", "key_alias": "team-a/ci", ` + rest + `}]`},
		"None":       {"/global/spend/report?group_by=provider&", ledger.ByProvider, nil, `[]`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			u := &usageLog{sums: map[ledger.By][]ledger.Sum{c.by: c.sums}}
			r := startWithUsage(t, u).get(c.path + "start_date=2026-11-01&end_date=2026-11-23T12:00:00Z")
			if diff := cmp.Diff(indented(t, c.want), indented(t, r.body)); diff != "" {
				t.Errorf("status %d (-want +got):\n%s", r.StatusCode, diff)
			}
			if diff := cmp.Diff([]string{string(c.by) + " 2026-11-01T00:00:00Z..2026-11-24T00:00:00Z"}, u.asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSpendOfAllTime(t *testing.T) {
	from, to := span{}.days(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	if stamp(from) != "1970-01-01T00:00:00Z" || stamp(to) != "2026-11-24T00:00:00Z" {
		t.Errorf("%s to %s", from, to)
	}
}

func TestSpendSummary(t *testing.T) {
	u := &usageLog{sums: map[ledger.By][]ledger.Sum{
		ledger.ByDay:   {{Name: "2026-11-22", Cost: 3_000_000_000}},
		ledger.ByKey:   {{Name: "master", Cost: 1_000_000_000}, {Name: issuedID(), Cost: 2_000_000_000}},
		ledger.ByUser:  {{Name: "ann", Cost: 3_000_000_000}},
		ledger.ByModel: {{Name: "chat", Cost: 3_000_000_000}},
	}}
	r := startWithUsage(t, u).get("/spend/logs?start_date=2026-11-01&end_date=2026-11-30")
	want := `[{"startTime": "2026-11-22", "spend": 3, "users": {"ann": 3}, "models": {"chat": 3},
		"keys": {"master": 1, "` + issuedID() + `": 2}, "master": 1, "` + issuedID() + `": 2}]`
	if diff := cmp.Diff(indented(t, want), indented(t, r.body)); diff != "" {
		t.Errorf("status %d (-want +got):\n%s", r.StatusCode, diff)
	}
	if len(u.asked) != 4 || u.asked[0] != "day 2026-11-01T00:00:00Z..2026-12-01T00:00:00Z" {
		t.Errorf("asked %q", u.asked)
	}
	u.sums[ledger.ByDay] = make([]ledger.Sum, mostDays+1)
	if r := startWithUsage(t, u).get("/spend/logs?start_date=2025-01-01"); r.StatusCode != http.StatusBadRequest {
		t.Errorf("status %d for more days than may be: %s", r.StatusCode, r.body)
	}
}

// TestSpendIsTheMasterKeysAlone: the answers name all keys and users.
func TestSpendIsTheMasterKeysAlone(t *testing.T) {
	noKeys := withKeys(v1alpha1.KeysOptional)
	noKeys.Keys = snapshot.Keys{}
	cases := map[string]struct {
		reason string
		snap   *snapshot.Snapshot
		header string
		status int
		code   string
	}{
		"Master":          {"the one who may", withKeys(v1alpha1.KeysRequired), "Bearer " + testKey, 200, ""},
		"Key":             {"not even about itself", withKeys(v1alpha1.KeysRequired), "Bearer " + issuedKey, 403, codeMasterOnly},
		"Wrong":           {"nobody", withKeys(v1alpha1.KeysRequired), "Bearer sk-x", 401, "invalid_api_key"},
		"None":            {"nobody", withKeys(v1alpha1.KeysRequired), "", 401, "missing_api_key"},
		"NoneWhereOption": {"models need no key, this does", withKeys(v1alpha1.KeysOptional), "", 401, "missing_api_key"},
		"KeyWhereOption":  {"not even about itself", withKeys(v1alpha1.KeysOptional), "Bearer " + issuedKey, 403, codeMasterOnly},
		"NoKeysAtAll":     {"a person's own machine", noKeys, "", 200, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tb := &table{}
			tb.Store(c.snap)
			g := startWith(t, Options{Snapshots: tb, Usage: func() Usage { return &usageLog{} }})
			for _, path := range []string{"/spend/logs", "/v1/spend/keys", "/spend/users/", "/spend/models", "/global/spend/report?group_by=day"} {
				ask := g.request(http.MethodGet, path, "", "Authorization", c.header)
				if c.header == "" {
					ask.Header.Del("Authorization")
				}
				r := g.do(ask)
				if r.StatusCode != c.status {
					t.Errorf("%s: %s: status %d: %s", c.reason, path, r.StatusCode, r.body)
				} else if c.code != "" && r.code(t) != c.code {
					t.Errorf("%s: code %s, want %s", path, r.code(t), c.code)
				}
			}
		})
	}
}

// TestSpendWithoutStore: what is wrong with the store never looks like a wrong key.
func TestSpendWithoutStore(t *testing.T) {
	secret := errors.New("dial tcp 10.0.0.7:5432 as user fairlead")
	cases := map[string]struct {
		usage func() Usage
		code  string
		after string
	}{
		"None":    {nil, codeNoUsage, ""},
		"NoneNow": {func() Usage { return nil }, codeNoUsage, ""},
		"Away":    {func() Usage { return &usageLog{err: secret} }, codeUsageAway, "5"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tb := &table{}
			tb.Store(withKeys(v1alpha1.KeysRequired))
			g := startWith(t, Options{Snapshots: tb, Usage: c.usage})
			for _, path := range []string{"/spend/logs", "/spend/logs?start_date=2026-11-01", "/spend/keys", "/spend/users", "/spend/models", "/global/spend/report?group_by=day"} {
				r := g.get(path)
				if r.StatusCode != http.StatusServiceUnavailable || r.code(t) != c.code || r.Header.Get("Retry-After") != c.after {
					t.Errorf("%s: status %d, retry after %q: %s", path, r.StatusCode, r.Header.Get("Retry-After"), r.body)
				}
				if strings.Contains(r.body, "10.0.0.7") {
					t.Errorf("%s says where the store is: %s", path, r.body)
				}
			}
		})
	}
}

func TestSpendIsRead(t *testing.T) {
	g := startWithUsage(t, &usageLog{})
	if r := g.post("/spend/logs", ""); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != http.MethodGet {
		t.Errorf("status %d, allow %q", r.StatusCode, r.Header.Get("Allow"))
	}
}
