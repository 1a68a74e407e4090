package explain

import "time"

// Explanation is the answer. Amounts are decimals of US dollars, spans of time are in Go's notation, and nothing in it is secret.
type Explanation struct {
	// Time that it is true for, and Snapshot the digest of the routing table.
	Time     time.Time `json:"time"`
	Snapshot string    `json:"snapshot"`
	// Model that was asked for. Alias is the ModelAlias that serves it, as namespace/name, and Pattern its name where that is one.
	Model   string `json:"model"`
	Alias   string `json:"alias"`
	Pattern string `json:"pattern,omitempty"`
	Caller  Caller `json:"caller"`
	// Verdict is what the client would get.
	Verdict  Verdict `json:"verdict"`
	Strategy string  `json:"strategy"`
	// Targets in the order in which they would be tried, then those that are left out.
	Targets []Target `json:"targets"`
	Retries Retries  `json:"retries"`
	Limits  []Limit  `json:"limits"`
	Budgets []Budget `json:"budgets"`
	// Cache is absent where nothing is cached.
	Cache *Cache `json:"cache,omitempty"`
}

// Caller is who would ask.
type Caller struct {
	// Key is the GatewayKey as namespace/name, or `master`; KeyID names it in logs and in the ledger.
	Key   string `json:"key"`
	KeyID string `json:"keyID"`
	User  string `json:"user,omitempty"`
	// Expires is when the key stops to work; absent where it does not.
	Expires *time.Time `json:"expires,omitempty"`
}

// Verdict is what the client would get without any target being asked, or 200 where one would be.
type Verdict struct {
	Status int `json:"status"`
	// Because says why, or to which target it would be sent, for a person.
	Because string `json:"because"`
}

// Target is one target of the model.
type Target struct {
	Name          string `json:"name"`
	Provider      string `json:"provider"`
	UpstreamModel string `json:"upstreamModel"`
	// Position in which it would be tried, from 1; 0 where it is left out. Reached says that one request would get so far if all
	// before it failed.
	Position int  `json:"position"`
	Reached  bool `json:"reached"`
	// Why it comes there, or is left out.
	Why string `json:"why"`
	// Priority counts from 1, which is tried first.
	Priority int `json:"priority"`
	Weight   int `json:"weight"`
	// UnderWay are its requests by all aliases, Parallel those of this alias where that has a bound, and Queued those that wait.
	UnderWay int `json:"underWay"`
	Parallel int `json:"parallel"`
	Queued   int `json:"queued"`
	// FirstByteMillis is how long the first byte took lately; 0 where that is not known.
	FirstByteMillis int64 `json:"firstByteMillis"`
	// Requests and Failures of the last 10 s, and the failures since the last success.
	Requests       int `json:"requests"`
	Failures       int `json:"failures"`
	FailuresInARow int `json:"failuresInARow"`
	// EjectedUntil and CoolingUntil are absent where it is neither.
	EjectedUntil *time.Time `json:"ejectedUntil,omitempty"`
	CoolingUntil *time.Time `json:"coolingUntil,omitempty"`
	Down         bool       `json:"down,omitempty"`
	// NotAllowed says that the last attempt found an address that must not be connected to. The gateway's log has it.
	NotAllowed bool `json:"notAllowed,omitempty"`
	// Asleep says that its servers are stopped, as far as the operator has said: the request would wake them.
	Asleep bool `json:"asleep,omitempty"`
	// Servers that one would be chosen of; absent where the provider is called at its one address.
	Servers  []Server `json:"servers,omitempty"`
	Price    *Price   `json:"price,omitempty"`
	Timeouts Timeouts `json:"timeouts"`
}

// Server is one of a provider's servers.
type Server struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	// UnderWay are its requests for all models.
	UnderWay int `json:"underWay"`
	// Chosen says that a request that belongs to no conversation would go there. One that does goes to the server of its conversation,
	// unless that is too busy.
	Chosen bool `json:"chosen,omitempty"`
	// Missing says that it does not have the model yet, and AwayUntil until when it is passed over because it could not be reached.
	Missing   bool       `json:"missing,omitempty"`
	AwayUntil *time.Time `json:"awayUntil,omitempty"`
}

// Price of a target: of a million tokens each, and of a request.
type Price struct {
	Input       string `json:"input"`
	CachedInput string `json:"cachedInput"`
	CacheWrite  string `json:"cacheWrite"`
	Output      string `json:"output"`
	Request     string `json:"request"`
	// Usual is what a request of 1,000 tokens costs that is answered with 500.
	Usual string `json:"usual"`
}

// Timeouts of a target.
type Timeouts struct {
	Request    string `json:"request"`
	FirstByte  string `json:"firstByte"`
	StreamIdle string `json:"streamIdle"`
}

// Retries says when the next target is tried.
type Retries struct {
	// Further is how many targets one request may try after the first.
	Further int      `json:"further"`
	On      []string `json:"on"`
	// BudgetPercent of the requests under way may be retries.
	BudgetPercent int `json:"budgetPercent"`
}

// Limit is what one rate limit allows of one kind.
type Limit struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Per what it counts apart, and Kind what it counts: requests, tokens or parallel. Target is whose it is where each has its own.
	Per       string `json:"per"`
	Target    string `json:"target,omitempty"`
	Kind      string `json:"kind"`
	Max       int64  `json:"max"`
	Remaining int64  `json:"remaining"`
	// Window and Reset are absent for parallel requests; Reset is when all of it is left again.
	Window string     `json:"window,omitempty"`
	Reset  *time.Time `json:"reset,omitempty"`
}

// Budget is what of one budget is spent.
type Budget struct {
	// Name is empty for a key's own. Subject is whose spend counts.
	Name    string `json:"name,omitempty"`
	Subject string `json:"subject"`
	Limit   string `json:"limit"`
	Spent   string `json:"spent"`
	// Known says that the database was heard. Where it was not, Spent is what this replica spent.
	Known    bool `json:"known"`
	Exceeded bool `json:"exceeded"`
	// Action once it is spent: Reject or Warn.
	Action string    `json:"action"`
	Window string    `json:"window"`
	Until  time.Time `json:"until"`
}

// Cache says what of the answers is kept.
type Cache struct {
	Scope    string `json:"scope"`
	TTL      string `json:"ttl"`
	MaxBytes int    `json:"maxBytes"`
}
