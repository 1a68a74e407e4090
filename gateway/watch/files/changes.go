package files

import (
	"fmt"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// changes says what is different for a caller between two worlds: `+1 alias (embed)`, `~1 provider (openai)`, `~ gateway`.
func changes(before, after *world) []string {
	var list []string
	if before.config.Revision != after.config.Revision || !reflect.DeepEqual(before.admission, after.admission) ||
		before.gateway != after.gateway || !reflect.DeepEqual(before.stores.credentials, after.stores.credentials) {
		list = append(list, "~1 gateway ("+after.gateway.Name+")")
	}
	list = append(list, differ("provider", before.providers, after.providers, func(a, b *providerState) bool {
		return reflect.DeepEqual(a.object.Status.Endpoint, b.object.Status.Endpoint) &&
			reflect.DeepEqual(a.object.Status.Models, b.object.Status.Models) &&
			string(a.apiKey) == string(b.apiKey) && string(a.caBundle) == string(b.caBundle)
	})...)
	list = append(list, differ("alias", before.aliases, after.aliases, func(a, b *aliasState) bool {
		return revision(a.object.Status.Route) == revision(b.object.Status.Route)
	})...)
	list = append(list, differ("key", before.keys, after.keys, func(a, b *keyState) bool {
		return keyRevision(a.object.Status.Policy) == keyRevision(b.object.Status.Policy)
	})...)
	return append(list, turned(before, after)...)
}

// turned says which aliases that were there before can answer now, and which cannot any more.
func turned(before, after *world) []string {
	var ready, unready []string
	for _, name := range names(after.aliases) {
		last, now := before.aliases[name], after.aliases[name]
		switch {
		case last == nil || before.ready(last) == after.ready(now):
		case after.ready(now):
			ready = append(ready, name.Name)
		default:
			unready = append(unready, name.Name)
		}
	}
	var list []string
	if len(ready) > 0 {
		list = append(list, "now ready: "+strings.Join(first(ready), " "))
	}
	if len(unready) > 0 {
		list = append(list, "not ready any more: "+strings.Join(first(unready), " "))
	}
	return list
}

func revision(r *v1alpha1.Route) string {
	if r == nil {
		return ""
	}
	return r.Revision
}

func keyRevision(p *v1alpha1.KeyPolicy) string {
	if p == nil {
		return ""
	}
	return p.Revision
}

// differ lists what was added, changed and removed.
func differ[V any](noun string, before, after map[types.NamespacedName]V, same func(a, b V) bool) []string {
	var added, changed, removed []string
	for _, name := range names(after) {
		switch last, there := before[name]; {
		case !there:
			added = append(added, name.Name)
		case !same(last, after[name]):
			changed = append(changed, name.Name)
		}
	}
	for _, name := range names(before) {
		if _, there := after[name]; !there {
			removed = append(removed, name.Name)
		}
	}
	var list []string
	for _, group := range []struct {
		sign  string
		names []string
	}{{"+", added}, {"~", changed}, {"-", removed}} {
		if n := len(group.names); n > 0 {
			list = append(list, fmt.Sprintf("%s%d %s (%s)", group.sign, n, plural(noun, n), strings.Join(first(group.names), ", ")))
		}
	}
	return list
}

func plural(noun string, n int) string {
	switch {
	case n == 1:
		return noun
	case strings.HasSuffix(noun, "s"):
		return noun + "es"
	}
	return noun + "s"
}

// first keeps a line short.
func first(names []string) []string {
	const most = 5
	if len(names) <= most {
		return names
	}
	return append(names[:most:most], "…")
}
