package compile

import (
	"cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Built-in values of a CachePolicy.
const (
	defaultCacheTTL   = v1alpha1.Duration("1h")
	defaultCacheBytes = int32(1 << 20)
)

// effectiveCache takes every value from the first of the layers that sets it, and from the built-in values at last. It returns nil
// where nothing is to be cached.
func effectiveCache(layers ...*v1alpha1.CachePolicy) *v1alpha1.CachePolicy {
	c := &v1alpha1.CachePolicy{}
	layers = append(layers, &v1alpha1.CachePolicy{
		Mode: v1alpha1.CacheDisabled, TTL: defaultCacheTTL, Scope: v1alpha1.CacheScopeKey, MaxBytes: defaultCacheBytes,
	})
	for _, layer := range layers {
		if layer == nil {
			continue
		}
		c.Mode = cmp.Or(c.Mode, layer.Mode)
		c.TTL = firstUsable(c.TTL, layer.TTL)
		c.Scope = cmp.Or(c.Scope, layer.Scope)
		c.MaxBytes = cmp.Or(c.MaxBytes, layer.MaxBytes)
	}
	if c.Mode == v1alpha1.CacheDisabled {
		return nil
	}
	return c
}

// checkCache finds a time to live that the schema admits and in which nothing lives. path is where the policy stands.
func checkCache(path string, c *v1alpha1.CachePolicy) *Problem {
	if c == nil {
		return nil
	}
	return checkDuration(path+".ttl", c.TTL)
}
