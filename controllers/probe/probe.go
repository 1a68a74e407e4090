// Package probe asks external stores whether they answer. Asking happens aside: a reconcile takes what is known and is called
// again when there is news.
package probe

import (
	"context"
	"crypto/sha256"
	"net/url"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

const (
	// within is how long a store may take to answer.
	within = 2 * time.Second
	// every is how often a store is asked.
	every = 30 * time.Second
)

// Ask asks the store at a URI. Its error may quote the URI.
type Ask func(ctx context.Context, uri string) error

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

	mu     sync.Mutex
	ctx    context.Context
	asking sync.WaitGroup
	stores map[storeKey]*store
}

// storeKey is one store of an owner: "redis" or "postgres".
type storeKey struct {
	owner types.NamespacedName
	name  string
}

type store struct {
	uri    [sha256.Size]byte
	answer Answer
	asked  time.Time
	busy   bool
}

// New returns a Prober that asks until ctx ends and calls changed when an answer changes.
func New(ctx context.Context, changed func(types.NamespacedName)) *Prober {
	return &Prober{changed: changed, ctx: ctx, stores: map[storeKey]*store{}}
}

// Answer returns what is known of the owner's store, and has it asked where that is too old or the URI is another one.
func (p *Prober) Answer(owner types.NamespacedName, name, uri string, ask Ask) Answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	key, sum := storeKey{owner, name}, sha256.Sum256([]byte(uri))
	s := p.stores[key]
	if s == nil || s.uri != sum {
		s = &store{uri: sum}
		p.stores[key] = s
	}
	if !s.busy && time.Since(s.asked) >= every && p.ctx.Err() == nil {
		s.busy = true
		p.asking.Go(func() { p.ask(owner, s, uri, ask) })
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

// Wait returns when no store is being asked any more.
func (p *Prober) Wait() { p.asking.Wait() }

func (p *Prober) ask(owner types.NamespacedName, s *store, uri string, ask Ask) {
	ctx, cancel := context.WithTimeout(p.ctx, within)
	defer cancel()
	answer := Answer{Known: true}
	if err := ask(ctx, uri); err != nil {
		answer.Problem = redact(err.Error(), uri)
	}
	p.mu.Lock()
	news := s.answer != answer
	s.answer, s.asked, s.busy = answer, time.Now(), false
	p.mu.Unlock()
	if news && p.ctx.Err() == nil {
		p.changed(owner)
	}
}

// redact takes everything secret in a URI out of a message.
func redact(message, uri string) string {
	secrets := []string{uri}
	if u, err := url.Parse(uri); err == nil && u.User != nil {
		if password, set := u.User.Password(); set && password != "" {
			secrets = append(secrets, u.User.String(), password, url.QueryEscape(password), url.PathEscape(password))
		}
	}
	for _, s := range secrets {
		message = strings.ReplaceAll(message, s, "***")
	}
	return message
}
