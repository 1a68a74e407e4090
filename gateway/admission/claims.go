package admission

import (
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/limit"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// maxClaims is how many limits a key and an alias may have together.
const maxClaims = 16

// claimsOf are the counters that a request counts against, but for those of the target, which is not known yet.
func claimsOf(claims []limit.Claim, v *Visit) []limit.Claim {
	if k := v.Caller.Key; k != nil {
		for _, l := range k.Limits {
			claims = append(claims, limit.Claim{Limit: l, Subject: subject(l, v)})
		}
	}
	for _, l := range v.Model.Limits {
		if l.Per != v1alpha1.LimitPerTarget {
			claims = append(claims, limit.Claim{Limit: l, Subject: subject(l, v)})
		}
	}
	return claims
}

// claimsOfTarget are those of one target.
func claimsOfTarget(claims []limit.Claim, v *Visit, t *snapshot.Target) []limit.Claim {
	for _, l := range v.Model.Limits {
		if l.Per == v1alpha1.LimitPerTarget {
			claims = append(claims, limit.Claim{Limit: l, Subject: t.Name})
		}
	}
	return claims
}

// subject is what a limit counts apart.
func subject(l *snapshot.Limit, v *Visit) string {
	switch l.Per {
	case v1alpha1.LimitPerKey:
		return v.Caller.KeySubject()
	case v1alpha1.LimitPerUser:
		return v.Caller.UserSubject()
	}
	return ""
}

// counts says whether one of the limits counts tokens.
func counts(claims []limit.Claim) bool {
	for i := range claims {
		if claims[i].Limit.Tokens > 0 {
			return true
		}
	}
	return false
}
