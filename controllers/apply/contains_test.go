package apply

import "testing"

func TestContains(t *testing.T) {
	type m = map[string]any
	for name, tc := range map[string]struct {
		reason       string
		live, wanted any
		want         bool
	}{
		"Equal":          {live: m{"a": int64(1)}, wanted: m{"a": int64(1)}, want: true},
		"Defaulted":      {reason: "fields beyond the wanted ones are others' or defaults", live: m{"a": int64(1), "b": "x"}, wanted: m{"a": int64(1)}, want: true},
		"Changed":        {live: m{"a": int64(2)}, wanted: m{"a": int64(1)}},
		"Missing":        {live: m{}, wanted: m{"a": int64(1)}},
		"EmptyObject":    {reason: "an empty object says nothing", live: nil, wanted: m{}, want: true},
		"EmptyList":      {live: nil, wanted: []any{}, want: true},
		"EmptiedList":    {reason: "a list that is wanted empty is not empty", live: []any{"x"}, wanted: []any{}},
		"ListDefaulted":  {live: []any{m{"name": "a", "d": "x"}}, wanted: []any{m{"name": "a"}}, want: true},
		"ListLonger":     {live: []any{m{"name": "a"}, m{"name": "b"}}, wanted: []any{m{"name": "a"}}},
		"ListShorter":    {live: []any{}, wanted: []any{m{"name": "a"}}},
		"OtherOrder":     {live: []any{"b", "a"}, wanted: []any{"a", "b"}},
		"OtherType":      {live: m{"a": "1"}, wanted: m{"a": int64(1)}},
		"ObjectForValue": {live: m{"a": m{}}, wanted: m{"a": "x"}},
		"ValueForObject": {live: m{"a": "x"}, wanted: m{"a": m{"b": "c"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := contains(tc.live, tc.wanted); got != tc.want {
				t.Errorf("contains(%v, %v) = %v, want %v %s", tc.live, tc.wanted, got, tc.want, tc.reason)
			}
		})
	}
}
