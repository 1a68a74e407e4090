package command

import (
	"testing"
	"time"
)

const megabyte = 1 << 20

// TestCollections: garbage gets the memory that a second fills, within bounds, whatever is in use.
func TestCollections(t *testing.T) {
	for name, tc := range map[string]struct {
		inUse, allocated uint64
		since            time.Duration
		// want is the memory for garbage, in MiB.
		want uint64
	}{
		"Idle":            {8 * megabyte, megabyte, 2 * time.Minute, 8},
		"NothingYet":      {0, 0, 0, 8},
		"Busy":            {16 * megabyte, 4 * megabyte, 200 * time.Millisecond, 20},
		"BusyWithLittle":  {8 * megabyte, 40 * megabyte, time.Second, 40},
		"VeryBusy":        {16 * megabyte, 64 * megabyte, 100 * time.Millisecond, 24},
		"ManyAliases":     {20 * megabyte, 60 * megabyte, 5 * time.Second, 12},
		"ManyAliasesIdle": {20 * megabyte, megabyte, 2 * time.Minute, 8},
		"ManyAliasesBusy": {20 * megabyte, 60 * megabyte, time.Second, 14},
		"MoreThanMost":    {100 * megabyte, 60 * megabyte, time.Second, 25},
		"AtOnce":          {16 * megabyte, megabyte, 0, 24},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Unix(0, 0)
			c := collections{last: began, allocated: 1 << 40, room: most}
			percent := c.next(heap{allocated: 1<<40 + tc.allocated, inUse: tc.inUse}, began.Add(tc.since))
			if got := max(tc.inUse, least) * uint64(percent) / 100; got/megabyte != tc.want {
				t.Errorf("memory for garbage = %d bytes (%d %%), want %d MiB", got, percent, tc.want)
			}
		})
	}
}

// TestCollectionsFollowTheLoad: one burst takes little memory, a load that lasts all that it needs, and what was needed once is given
// back.
func TestCollectionsFollowTheLoad(t *testing.T) {
	now := time.Unix(0, 0)
	c := collections{last: now, room: least}
	h := heap{inUse: 8 * megabyte}
	for i, step := range []struct {
		allocated uint64
		since     time.Duration
		want      int
	}{
		{8 * megabyte, 100 * time.Millisecond, 200},
		{16 * megabyte, 200 * time.Millisecond, 400},
		{32 * megabyte, 400 * time.Millisecond, 550},
		{32 * megabyte, time.Minute, 100},
		{8 * megabyte, time.Second, 100},
	} {
		h.allocated, now = h.allocated+step.allocated, now.Add(step.since)
		if got := c.next(h, now); got != step.want {
			t.Errorf("step %d: %d bytes in %s: %d %%, want %d", i, step.allocated, step.since, got, step.want)
		}
	}
}
