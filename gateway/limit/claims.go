package limit

import (
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/policy"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// AppendClaims appends what a request of c for m must not exceed, whatever target it goes to: the limits of its key, then those of the
// alias.
func AppendClaims(claims []Claim, m *snapshot.Model, c *policy.Caller) []Claim {
	if c.Key != nil {
		for _, l := range c.Key.Limits {
			claims = append(claims, Claim{Limit: l, Subject: subjectOf(l, c)})
		}
	}
	for _, l := range m.Limits {
		if l.Per != v1alpha1.LimitPerTarget {
			claims = append(claims, Claim{Limit: l, Subject: subjectOf(l, c)})
		}
	}
	return claims
}

// AppendTargetClaims appends what a request for m must not exceed where it goes to t.
func AppendTargetClaims(claims []Claim, m *snapshot.Model, t *snapshot.Target) []Claim {
	for _, l := range m.Limits {
		if l.Per == v1alpha1.LimitPerTarget {
			claims = append(claims, Claim{Limit: l, Subject: t.Name})
		}
	}
	return claims
}

// subjectOf is whom a limit counts for. The alias is in the ID of its limits, so that it needs no name here.
func subjectOf(l *snapshot.Limit, c *policy.Caller) string {
	switch l.Per {
	case v1alpha1.LimitPerKey:
		return c.KeySubject()
	case v1alpha1.LimitPerUser:
		return c.UserSubject()
	}
	return ""
}
