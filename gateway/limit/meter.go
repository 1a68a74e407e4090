package limit

import "time"

const (
	// demandSpan is the time of which the demand is counted, and so for which a replica takes grants ahead.
	demandSpan = 250 * time.Millisecond
	// refusalLasts is how long a refusal by Redis is taken to hold. Without it, a flood of refused requests would all reach Redis.
	refusalLasts = 50 * time.Millisecond
)

// meter is one replica's part of a counter that starts again with each window.
type meter struct {
	// grant is charged to the shared counter and not used.
	grant int64
	// debt is used and not charged to the shared counter.
	debt int64
	// spent is what this replica used in the window, however it was charged. It is what counts without Redis.
	spent int64
	// left of the limit for all replicas, when Redis was last asked.
	left int64
	// refused is until when requests for more than left are refused without asking.
	refused time.Time
	demand  demand
}

// begin starts a window.
func (m *meter) begin() { m.debt, m.spent = 0, 0 }

// take uses up to n of the grant, and returns how much is missing.
func (m *meter) take(n int64) int64 {
	got := min(m.grant, n)
	m.grant -= got
	m.spent += got
	return n - got
}

// owe uses n that nobody granted.
func (m *meter) owe(n int64) {
	m.debt += n
	m.spent += n
}

// untake gives back to the grant what was used of it, if that still holds.
func (m *meter) untake(n int64, holds bool) {
	m.spent = max(m.spent-n, 0)
	if holds {
		m.grant += n
	}
}

// spare takes out of the grant what is more than will soon be needed. A grant of up to twice the demand is kept: demand varies.
func (m *meter) spare(now time.Time) int64 {
	needed := m.demand.near(now)
	if m.grant <= 2*needed {
		return 0
	}
	back := m.grant - needed
	m.grant = needed
	return back
}

// tooSmall says that the grant did not suffice for a request a moment ago, and nor did what was left for all. Together with what
// others hold, it may.
func (m *meter) tooSmall(now time.Time) bool { return m.grant > 0 && now.Before(m.refused) }

// scraps takes out a grant that is too small to be of use. It is left for all then, so that who needs less is not refused.
func (m *meter) scraps(now time.Time) int64 {
	if !m.tooSmall(now) {
		return 0
	}
	back := m.all(now)
	m.left += back
	return back
}

// all takes out the whole grant.
func (m *meter) all(time.Time) int64 {
	back := m.grant
	m.grant = 0
	return back
}

// demand says how much was lately asked for in a span of time.
type demand struct {
	span      int64
	last, cur int64
}

func (d *demand) add(n int64, now time.Time) {
	d.turn(now)
	d.cur += n
}

// near is how much to expect in the span to come.
func (d *demand) near(now time.Time) int64 {
	d.turn(now)
	return max(d.last, d.cur)
}

func (d *demand) turn(now time.Time) {
	switch span := now.UnixNano() / int64(demandSpan); span - d.span {
	case 0:
	case 1:
		d.last, d.cur, d.span = d.cur, 0, span
	default:
		d.last, d.cur, d.span = 0, 0, span
	}
}
