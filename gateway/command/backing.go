package command

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/api/stores"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/admission"
	"github.com/fairlead-dev/fairlead/gateway/budget"
	"github.com/fairlead-dev/fairlead/gateway/cache"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/ledger/postgres"
	"github.com/fairlead-dev/fairlead/gateway/limit"
	"github.com/fairlead-dev/fairlead/gateway/money"
	"github.com/fairlead-dev/fairlead/gateway/redis"
	"github.com/fairlead-dev/fairlead/gateway/server"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

// spoolDir is the ledger's folder in the state directory.
const spoolDir = "ledger"

// errNoStore is a ledger without a database.
var errNoStore = errors.New("no database keeps the ledger")

// backingOptions are what differs between a replica in a cluster and a gateway without one.
type backingOptions struct {
	// gateway, as namespace/name, and replica tell rows and counters apart.
	gateway, replica string
	// stateDir holds the spool.
	stateDir string
	// local keeps the ledger where no PostgreSQL does; nil in a cluster. Where it is set there is one replica, whatever the Gateway says.
	local func() (ledger.Store, error)
	// uncounted says that no ledger is kept at all.
	uncounted bool
	log       logr.Logger
}

// backing is what requests share and what outlives every snapshot: the stores, and what is kept in them.
type backing struct {
	options backingOptions
	// life ends with the process.
	life     context.Context
	registry *prometheus.Registry
	redis    *redis.Client
	limits   *limit.Limiter
	cache    *cache.Cache
	budgets  *budget.Budgets
	ledger   *ledger.Ledger
	desk     *admission.Desk
	replicas atomic.Int64

	// kept is where the ledger is kept, once followed says that it is anywhere.
	kept      stores.Address
	retention int32
	followed  bool
}

// newBacking opens the spool, and reaches for no store yet.
func newBacking(ctx context.Context, o backingOptions) (*backing, error) {
	b := &backing{options: o, life: ctx, registry: telemetry.NewRegistry()}
	b.redis = redis.New(redis.Options{Gateway: o.gateway, Log: o.log, Registerer: b.registry})
	b.limits = limit.New(limit.Options{
		Redis: b.redis, Replicas: func() int { return int(b.replicas.Load()) }, Gateway: o.gateway, Registerer: b.registry, Log: o.log,
	})
	b.cache = cache.New(cache.Options{Gateway: o.gateway, Redis: b.redis, Registerer: b.registry, Log: o.log})
	b.budgets = budget.New(budget.Options{Source: spent{b}, Log: o.log, Registerer: b.registry})
	var err error
	b.ledger, err = ledger.Open(ledger.Options{
		Dir: filepath.Join(o.stateDir, spoolDir), Committed: b.budgets.Committed, Log: o.log, Registerer: b.registry,
	})
	if err != nil {
		return nil, fmt.Errorf("opening the ledger: %w", err)
	}
	b.desk = admission.New(admission.Options{Limits: b.limits, Budgets: b.budgets, Ledger: b.ledger})
	return b, nil
}

// spent is what budgets ask.
type spent struct{ *backing }

// Spent asks the store that keeps the ledger now.
func (s spent) Spent(ctx context.Context, subjects []string, now time.Time) (map[string]map[v1alpha1.BudgetWindow]money.USD, error) {
	if store := s.ledger.Store(); store != nil {
		return store.Spent(ctx, subjects, now)
	}
	return nil, errNoStore
}

// follow takes over what a snapshot says about stores. It is called by one goroutine at a time, before the snapshot is served.
func (b *backing) follow(s *snapshot.Snapshot) {
	b.redis.Use(stores.Address{URI: s.Stores.Redis, CA: s.Stores.RedisCA})
	config := s.Config
	if config == nil {
		config = &v1alpha1.GatewayConfig{}
	}
	if b.options.local == nil {
		b.replicas.Store(int64(config.Replicas))
	}
	usage := config.Usage
	if usage == nil {
		usage = &v1alpha1.Usage{}
	}
	if usage.MaxBacklogBytes != nil {
		b.ledger.SetBounds(*usage.MaxBacklogBytes, usage.OnBacklogFull)
	}
	var months int32
	if usage.RetentionMonths != nil {
		months = *usage.RetentionMonths
	}
	b.keep(stores.Address{URI: s.Stores.Postgres, CA: s.Stores.PostgresCA}, months)
}

// keep keeps the ledger at another place, where it is another.
func (b *backing) keep(address stores.Address, months int32) {
	if b.followed && address == b.kept && months == b.retention {
		return
	}
	store, err := b.open(address, months)
	if err != nil {
		b.options.log.Info("the ledger's database cannot be used; what is served is kept on disk meanwhile", "error", err.Error())
	}
	b.kept, b.retention, b.followed = address, months, true
	b.ledger.SetStore(store)
	b.desk.Account(store != nil || err != nil)
}

func (b *backing) open(address stores.Address, months int32) (ledger.Store, error) {
	switch {
	case b.options.uncounted:
		return nil, nil
	case address.URI != "":
		store, err := postgres.New(b.life, postgres.Options{
			Address: address, Gateway: b.options.gateway, Replica: b.options.replica, RetentionMonths: int(months),
		})
		if err != nil {
			return nil, err
		}
		return store, nil
	case b.options.local != nil:
		return b.options.local()
	}
	return nil, nil
}

// usage answers questions about usage, nil while there is nothing to ask.
func (b *backing) usage() server.Usage {
	if store := b.ledger.Store(); store != nil {
		return store
	}
	return nil
}

// run works in the background until ctx ends, and ships what is left of the ledger then. Nothing may be served any more by that time.
func (b *backing) run(ctx context.Context) error {
	var running sync.WaitGroup
	running.Go(func() { b.limits.Run(ctx) })
	running.Go(func() { b.cache.Run(ctx) })
	running.Go(func() { b.budgets.Run(ctx) })
	err := b.ledger.Run(ctx)
	running.Wait()
	return errors.Join(err, b.ledger.Close(), b.redis.Close())
}
