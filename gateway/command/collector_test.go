package command

import "testing"

// TestCollectorPercent: a small heap may grow to five times what is in use, a large one by some megabytes, and a very large one is not
// collected all the time.
func TestCollectorPercent(t *testing.T) {
	for name, tc := range map[string]struct {
		live uint64
		want int
	}{
		"NothingYet": {0, 400},
		"Small":      {4 << 20, 400},
		"Usual":      {18 << 20, 400},
		"Aliases":    {25 << 20, 100},
		"Large":      {46 << 20, 30},
		"VeryLarge":  {4 << 30, 25},
	} {
		t.Run(name, func(t *testing.T) {
			if got := collectorPercent(tc.live); got != tc.want {
				t.Errorf("collectorPercent(%d) = %d, want %d", tc.live, got, tc.want)
			}
		})
	}
}
