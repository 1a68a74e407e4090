package snapshot

import "testing"

func TestFind(t *testing.T) {
	ci := &Key{ID: "0123456789abcdef", Namespace: "team-a", Name: "ci"}
	keys := Keys{issued: map[[32]byte]*Key{{1}: ci, {2}: {ID: "fedcba9876543210", Namespace: "team-b", Name: "ci"}}}
	for name, want := range map[string]*Key{
		"0123456789abcdef": ci, "team-a/ci": ci, "team-a/": nil, "/ci": nil, "ci": nil, "": nil, "team-a/ci/x": nil, "0123456789abcde": nil,
	} {
		if got := keys.Find(name); got != want {
			t.Errorf("Find(%q) = %v, want %v", name, got, want)
		}
	}
}
