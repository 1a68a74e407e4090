package compile

import (
	"strings"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// wild says whether p has a `*`, which stands for any characters or none.
func wild(p v1alpha1.ModelPattern) bool { return strings.Contains(string(p), "*") }

// takes says whether p, which has one `*` at its beginning or its end, takes a name.
func takes(p v1alpha1.ModelPattern, name string) bool {
	if suffix, leading := strings.CutPrefix(string(p), "*"); leading {
		return strings.HasSuffix(name, suffix)
	}
	return strings.HasPrefix(name, strings.TrimSuffix(string(p), "*"))
}
