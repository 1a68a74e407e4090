package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/money"
)

// ErrRefused is wrapped by Store.Insert when the database refuses the events for what they are, so that sending them again is of no
// use. Any other error but ErrUnprepared says that the database is away, or may be.
var ErrRefused = errors.New("refused by the database")

// ErrUnprepared is wrapped by Store.Insert when the database lacks what Migrate makes: another one has come into its place, empty or from
// a backup of an older version. Migrate puts that right.
var ErrUnprepared = errors.New("the database lacks the schema")

// ErrCursor is wrapped by Store.Logs for a cursor that no page has named.
var ErrCursor = errors.New("not a cursor of the log")

// Store keeps the events of one gateway, and the sums of them. Its methods may be called at the same time.
type Store interface {
	Querier
	// Name of the kind of store, in metrics: `postgres`.
	Name() string
	// Migrate brings the schema up to date. Several replicas may call it at once.
	Migrate(ctx context.Context) error
	// Insert adds the events and what they cost to the sums, all or nothing. Events that the store holds are left out, so that a
	// batch whose fate is not known can be sent again.
	Insert(ctx context.Context, events []*Event) error
	// Maintain makes room for the time ahead and drops what is older than the retention. Several replicas may call it at once.
	Maintain(ctx context.Context, now time.Time) error
	// Close ends all connections. The Store is of no use afterwards.
	Close()
}

// Querier answers questions about what was used.
type Querier interface {
	// Logs is a page of events, the newest first.
	Logs(ctx context.Context, f Filter) (Page, error)
	// Spend is what was used on the days, in UTC, from that of `from` to the last that begins before `to`: by day in their order, else
	// what cost most first. At most MaxSums are returned.
	Spend(ctx context.Context, by By, from, to time.Time) ([]Sum, error)
	// Spent is what counts against the subjects of budgets in the windows in which now lies. A subject that nothing was spent for may
	// be absent. Before the first Migrate nothing is spent, which is no error.
	Spent(ctx context.Context, subjects []string, now time.Time) (map[string]map[v1alpha1.BudgetWindow]money.USD, error)
	// KeySpend is all that a key has ever spent.
	KeySpend(ctx context.Context, keyID string) (money.USD, error)
}

// Bounds of answers.
const (
	// DefaultLimit of a page of events, and MaxLimit.
	DefaultLimit = 100
	MaxLimit     = 1000
	// MaxSums that Spend returns.
	MaxSums = 10_000
)

// Filter says which events a page holds. What is empty does not matter.
type Filter struct {
	// From and To bound the start: from From on, before To.
	From, To                      time.Time
	KeyID, User, Model, RequestID string
	// Limit of the page: DefaultLimit where it is not positive, MaxLimit at most.
	Limit int
	// Cursor is the Next of the page before; empty for the first.
	Cursor string
}

// Page is a part of a log.
type Page struct {
	Events []*Event
	// Next is the Cursor of the page that follows, empty after the last.
	Next string
}

// By says what Spend sums over.
type By string

// Values of By.
const (
	ByDay      By = "day"
	ByKey      By = "key"
	ByUser     By = "user"
	ByAlias    By = "alias"
	ByModel    By = "model"
	ByProvider By = "provider"
)

// Sum is what was used for one day, key, user, alias, model or provider.
type Sum struct {
	// Name is the day as 2026-11-23, the key's ID, the user and so on.
	Name                                         string
	Requests                                     int64
	InputTokens, CachedInputTokens, OutputTokens int64
	Cost                                         money.USD
}
