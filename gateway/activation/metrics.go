package activation

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Names of metrics.
const (
	// MetricWait is how long requests were held because no server of a provider ran, in seconds, by what came of it: `answered`;
	// `timeout`, where no server started in time; `full`, where no more may wait; `client_gone`.
	MetricWait = "fairlead_activation_wait_seconds"
	// MetricHeld is the number of requests that are held at the moment.
	MetricHeld = "fairlead_requests_held"
)

type metrics struct {
	held                          prometheus.Gauge
	answered, timeout, full, gone prometheus.Observer
}

func newMetrics(reg prometheus.Registerer) *metrics {
	held := prometheus.NewGauge(prometheus.GaugeOpts{Name: MetricHeld, Help: "Requests that wait for a server to start."})
	wait := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: MetricWait, Help: "Time that requests waited for a server to start, by what came of it.",
		Buckets: []float64{.25, .5, 1, 2, 4, 8, 15, 30, 60, 120, 300, 600},
	}, []string{"result"})
	reg.MustRegister(held, wait)
	return &metrics{
		held: held, answered: wait.WithLabelValues("answered"), timeout: wait.WithLabelValues("timeout"),
		full: wait.WithLabelValues("full"), gone: wait.WithLabelValues("client_gone"),
	}
}

func (m *metrics) observe(err error, took time.Duration) {
	switch {
	case err == nil:
		m.answered.Observe(took.Seconds())
	case errors.Is(err, ErrTimeout):
		m.timeout.Observe(took.Seconds())
	case errors.Is(err, ErrFull):
		m.full.Observe(took.Seconds())
	default:
		m.gone.Observe(took.Seconds())
	}
}
