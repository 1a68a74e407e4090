package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// served are the namespaces of --namespace, each once and in order; none for all of them. An empty one is refused: where a script's
// variable is empty, the operator would serve every namespace.
func served(names []string, said bool) ([]string, error) {
	if said && len(names) == 0 {
		return nil, errors.New("expected the name of a namespace, found nothing; leave the flag out to serve all")
	}
	for _, name := range names {
		if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
			return nil, fmt.Errorf("expected the name of a namespace, found %q: %s", name, strings.Join(problems, "; "))
		}
	}
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names), nil
}
