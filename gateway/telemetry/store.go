package telemetry

import "github.com/prometheus/client_golang/prometheus"

// StoreUp is the metric that says whether one store answers. It is safe for concurrent use.
type StoreUp struct{ vec *prometheus.GaugeVec }

// NewStoreUp registers the metric for a store: "redis", "postgres". It has no value before Set. A nil registerer registers nothing.
func NewStoreUp(reg prometheus.Registerer, store string) *StoreUp {
	s := &StoreUp{prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: MetricStoreUp, Help: "Whether a store answers.", ConstLabels: prometheus.Labels{LabelStore: store},
	}, nil)}
	if reg != nil {
		reg.MustRegister(s.vec)
	}
	return s
}

// Set says whether the store answers.
func (s *StoreUp) Set(up bool) {
	value := 0.0
	if up {
		value = 1
	}
	s.vec.WithLabelValues().Set(value)
}

// Unset says that there is no such store.
func (s *StoreUp) Unset() { s.vec.Reset() }
