package snapshot

import (
	"fmt"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Cache says what of a model's answers is kept.
type Cache struct {
	TTL      time.Duration
	Scope    v1alpha1.CacheScope
	MaxBytes int
}

// newCache returns nil where nothing is cached.
func newCache(c *v1alpha1.CachePolicy) (*Cache, error) {
	if c == nil || c.Mode == v1alpha1.CacheDisabled {
		return nil, nil
	}
	if c.Mode != v1alpha1.CacheExact {
		return nil, fmt.Errorf("mode: expected Disabled or Exact, found %q", c.Mode)
	}
	if c.Scope != v1alpha1.CacheScopeKey && c.Scope != v1alpha1.CacheScopeGateway {
		return nil, fmt.Errorf("scope: expected Key or Gateway, found %q", c.Scope)
	}
	if c.MaxBytes <= 0 {
		return nil, fmt.Errorf("maxBytes: expected more than 0, found %d", c.MaxBytes)
	}
	ttl, err := positive(c.TTL)
	if err != nil {
		return nil, fmt.Errorf("ttl: %w", err)
	}
	return &Cache{TTL: ttl, Scope: c.Scope, MaxBytes: int(c.MaxBytes)}, nil
}

func (d *digester) cache(c *Cache) {
	if c == nil {
		d.text("")
		return
	}
	d.text(string(c.Scope))
	d.number(int64(c.TTL), int64(c.MaxBytes))
}
