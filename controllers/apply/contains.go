package apply

import "reflect"

// contains says whether live holds everything that wanted says. What live has beyond it belongs to others or was filled in by
// the API server.
func contains(live, wanted any) bool {
	switch w := wanted.(type) {
	case map[string]any:
		return containsFields(live, w)
	case []any:
		return containsItems(live, w)
	default:
		return reflect.DeepEqual(live, wanted)
	}
}

// containsFields: a field that is empty in wanted is nothing that is said.
func containsFields(live any, wanted map[string]any) bool {
	l, ok := live.(map[string]any)
	if !ok {
		return len(wanted) == 0
	}
	for field, value := range wanted {
		if !contains(l[field], value) {
			return false
		}
	}
	return true
}

// containsItems compares items at the same place. A list that somebody else added to looks different; applying it then
// settles whether it is.
func containsItems(live any, wanted []any) bool {
	l, ok := live.([]any)
	if !ok || len(l) != len(wanted) {
		return len(wanted) == 0 && len(l) == 0
	}
	for i := range wanted {
		if !contains(l[i], wanted[i]) {
			return false
		}
	}
	return true
}
