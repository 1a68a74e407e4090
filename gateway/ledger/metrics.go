package ledger

import "github.com/prometheus/client_golang/prometheus"

// metrics of the ledger.
type metrics struct {
	unmetered, shipped, refused, interrupted, damaged prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) *metrics {
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: "fairlead_ledger_" + name, Help: help})
		reg.MustRegister(c)
		return c
	}
	return &metrics{
		unmetered:   counter("unmetered_total", "Requests that were served without a record, because there was no room for one."),
		shipped:     counter("shipped_total", "Events that the store has taken."),
		refused:     counter("refused_total", "Events that no store takes. They are put aside in the spool's directory."),
		interrupted: counter("interrupted_total", "Events that were open when an earlier process died."),
		damaged:     counter("damaged_total", "Damaged places and segments of the spool."),
	}
}

// observe registers what is read off the ledger when the metrics are asked for.
func (l *Ledger) observe(reg prometheus.Registerer) {
	gauge := func(name, help string, value func() float64) {
		reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "fairlead_ledger_" + name, Help: help}, value))
	}
	gauge("backlog_bytes", "Size of the spool on disk.", func() float64 { return float64(l.Backlog().Bytes) })
	gauge("backlog_events", "Finished events that the store does not have yet.", func() float64 { return float64(l.Backlog().Events) })
	gauge("open_events", "Requests that have begun and not ended.", func() float64 { return float64(l.Backlog().Open) })
	gauge("lag_seconds", "How long ago the oldest event ended that the store does not have yet.", func() float64 {
		return l.Backlog().Lag.Seconds()
	})
}
