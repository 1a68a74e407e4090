package budget

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/money"
)

// subject is what is known of one subject's spend. It is safe for concurrent use, and nobody waits for anybody in it.
type subject struct {
	name string
	// asked is when somebody wanted to know, in Unix seconds.
	asked atomic.Int64
	// heard is what the database said; nil before it said something.
	heard atomic.Pointer[heard]
	// own is what this replica spent, by day.
	own atomic.Pointer[[]*tally]
	// tried is closed once the database has been asked, whatever it said.
	tried chan struct{}
	// logged is the first day of the window for which the log was told that a budget is spent.
	logged [windows]atomic.Int64
}

// tally is what this replica spent on a day, and how much of that the database has acknowledged. Both only grow.
type tally struct {
	day              day
	spent, committed amount
}

// heard is what the database said at a time.
type heard struct {
	first [windows]day
	spent [windows]money.USD
	// included is how much of the replica's own spend is in it for sure.
	included []included
}

type included struct {
	*tally
	amount money.USD
}

func newSubject(name string, now time.Time) *subject {
	s := &subject{name: name, tried: make(chan struct{})}
	s.own.Store(&[]*tally{})
	s.touch(now)
	return s
}

// touch notes that somebody asked. Most calls write nothing.
func (s *subject) touch(now time.Time) {
	if seconds := now.Unix(); s.asked.Load() != seconds {
		s.asked.Store(seconds)
	}
}

// wasTried says whether the database has been asked.
func (s *subject) wasTried() bool {
	select {
	case <-s.tried:
		return true
	default:
		return false
	}
}

// spent is the sum of the window that today is in.
func (s *subject) spent(w v1alpha1.BudgetWindow, today day) money.USD {
	from, total := today.first(w), money.USD(0)
	h := s.heard.Load()
	if h != nil && h.first[index(w)] == from {
		total = h.spent[index(w)]
	}
	for _, t := range *s.own.Load() {
		if t.day >= from {
			total = money.Add(total, money.Sub(t.spent.load(), h.includes(t)))
		}
	}
	return total
}

func (h *heard) includes(t *tally) money.USD {
	if h == nil {
		return 0
	}
	for i := range h.included {
		if h.included[i].tally == t {
			return h.included[i].amount
		}
	}
	return 0
}

// acknowledged is how much of the replica's own spend the database has now: a query that begins after this finds it.
func (s *subject) acknowledged() []included {
	own := *s.own.Load()
	all := make([]included, len(own))
	for i, t := range own {
		all[i] = included{t, t.committed.load()}
	}
	return all
}

// hear takes what the database said about the windows that hold now.
func (s *subject) hear(said map[v1alpha1.BudgetWindow]money.USD, with []included, now time.Time) {
	h := &heard{included: with}
	today := dayOf(now)
	for i, w := range allWindows() {
		h.first[i], h.spent[i] = today.first(w), said[w]
	}
	s.heard.Store(h)
	s.forget(slices.Min(h.first[:]))
}

// forget drops the days before all windows.
func (s *subject) forget(before day) {
	own := s.own.Load()
	if !slices.ContainsFunc(*own, func(t *tally) bool { return t.day < before }) {
		return
	}
	rest := slices.DeleteFunc(slices.Clone(*own), func(t *tally) bool { return t.day < before })
	s.own.CompareAndSwap(own, &rest)
}

// pending says whether the replica spent what the database has not acknowledged.
func (s *subject) pending() bool {
	return slices.ContainsFunc(*s.own.Load(), func(t *tally) bool { return t.committed.load() < t.spent.load() })
}

// on returns the tally of a day, nil where there is none.
func (s *subject) on(d day) *tally {
	for _, t := range *s.own.Load() {
		if t.day == d {
			return t
		}
	}
	return nil
}

// spend adds what a request cost that began on a day.
func (s *subject) spend(d day, cost money.USD) {
	t := s.on(d)
	for ; t == nil; t = s.on(d) {
		own := s.own.Load()
		if more := append(slices.Clone(*own), &tally{day: d}); s.on(d) == nil {
			s.own.CompareAndSwap(own, &more)
		}
	}
	t.spent.add(cost, money.Max)
}

// commit notes that the database has what a request cost. It passes over what spend was not told of.
func (s *subject) commit(d day, cost money.USD) {
	if t := s.on(d); t != nil {
		t.committed.add(cost, t.spent.load())
	}
}

// amount is a sum that goroutines add to.
type amount struct{ nanos atomic.Int64 }

func (a *amount) load() money.USD { return money.USD(a.nanos.Load()) }

// add raises the amount, to no more than most.
func (a *amount) add(by, most money.USD) {
	for {
		was := a.nanos.Load()
		if is := int64(min(money.Add(money.USD(was), by), most)); is <= was || a.nanos.CompareAndSwap(was, is) {
			return
		}
	}
}
