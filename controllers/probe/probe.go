// Package probe asks external stores whether they answer. Asking happens aside: a reconcile takes what is known and is called
// again when there is news.
package probe

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/stores"
)

const (
	// within is how long a store may take to answer.
	within = 2 * time.Second
	// every is how often a store is asked.
	every = 30 * time.Second
)

// Ask asks the store at an address. Its error may quote the URI.
type Ask func(ctx context.Context, address stores.Address) error

// Answer is what is known of a store.
type Answer struct {
	// Known is false until the store has been asked once.
	Known bool
	// Problem says why the store does not answer; empty where it does. It holds no secret.
	Problem string
}

// Prober remembers answers and asks again from time to time.
type Prober struct {
	// changed is called when the answer for an owner's store became another one.
	changed func(types.NamespacedName)

	// due says that there is a store to be asked.
	due chan struct{}

	mu     sync.Mutex
	stores map[storeKey]*store
}

// storeKey is one store of an owner: "redis" or "postgres".
type storeKey struct {
	owner types.NamespacedName
	name  string
}

type store struct {
	address stores.Address
	ask     Ask
	answer  Answer
	asked   time.Time
	// due is true while it waits to be asked, and busy while it is asked.
	due, busy bool
}

// New returns a Prober that calls changed when an answer changes. It asks while Run runs.
func New(changed func(types.NamespacedName)) *Prober {
	return &Prober{changed: changed, due: make(chan struct{}, 1), stores: map[storeKey]*store{}}
}

// Run asks the stores that are due until ctx ends, and returns when none is being asked any more.
func (p *Prober) Run(ctx context.Context) {
	var asking sync.WaitGroup
	defer asking.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.due:
		}
		for owner, stores := range p.take() {
			for _, s := range stores {
				asking.Go(func() { p.put(ctx, owner, s) })
			}
		}
	}
}

// take returns the stores that are due, by owner; they are busy from then on.
func (p *Prober) take() map[types.NamespacedName][]*store {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := map[types.NamespacedName][]*store{}
	for key, s := range p.stores {
		if s.due {
			s.due, s.busy = false, true
			taken[key.owner] = append(taken[key.owner], s)
		}
	}
	return taken
}

// Answer returns what is known of the owner's store, and has it asked where that is too old or the address is another one.
func (p *Prober) Answer(owner types.NamespacedName, name string, address stores.Address, ask Ask) Answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := storeKey{owner, name}
	s := p.stores[key]
	if s == nil || s.address != address {
		s = &store{address: address, ask: ask}
		p.stores[key] = s
	}
	if !s.busy && time.Since(s.asked) >= every {
		s.due = true
		select {
		case p.due <- struct{}{}:
		default:
		}
	}
	return s.answer
}

// Forget drops what is known of an owner's stores.
func (p *Prober) Forget(owner types.NamespacedName) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key := range p.stores {
		if key.owner == owner {
			delete(p.stores, key)
		}
	}
}

// put puts the question to one store and notes the answer.
func (p *Prober) put(ctx context.Context, owner types.NamespacedName, s *store) {
	deadline, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	answer := Answer{Known: true}
	if err := s.ask(deadline, s.address); err != nil {
		answer.Problem = redact(err.Error(), s.address.URI)
	}
	p.mu.Lock()
	news := s.answer != answer
	s.answer, s.asked, s.busy = answer, time.Now(), false
	p.mu.Unlock()
	if news && ctx.Err() == nil {
		p.changed(owner)
	}
}

// redact takes everything secret in a URI out of a message. The URI of a Redis behind Sentinels has its password among the parameters.
func redact(message, uri string) string {
	secrets := []string{uri}
	if u, err := url.Parse(uri); err == nil {
		passwords := u.Query()["password"]
		if password, set := u.User.Password(); set {
			secrets, passwords = append(secrets, u.User.String()), append(passwords, password)
		}
		for _, p := range passwords {
			secrets = append(secrets, p, url.QueryEscape(p), url.PathEscape(p))
		}
	}
	secrets = slices.DeleteFunc(secrets, func(s string) bool { return s == "" })
	for _, s := range secrets {
		message = strings.ReplaceAll(message, s, "***")
	}
	return message
}
