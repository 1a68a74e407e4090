package admission

import "github.com/fairlead-dev/fairlead/gateway/limit"

// maxClaims is how many limits a key and an alias may have together.
const maxClaims = 16

// counts says whether one of the limits counts tokens.
func counts(claims []limit.Claim) bool {
	for i := range claims {
		if claims[i].Limit.Tokens > 0 {
			return true
		}
	}
	return false
}
