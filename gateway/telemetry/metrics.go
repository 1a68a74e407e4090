package telemetry

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics of the request path. Label sets are bounded: models and targets are those of the routing table, and Retain forgets
// what is no longer in it. It is safe for concurrent use.
type Metrics struct {
	duration   *prometheus.HistogramVec
	firstToken *prometheus.HistogramVec
	tokens     *prometheus.HistogramVec
	cost       *prometheus.CounterVec
	attempts   *prometheus.CounterVec
	inFlight   prometheus.Gauge

	// series holds *series by seriesKey and targets *Target by targetKey: looking labels up in a vector at each request would
	// cost more than recording does.
	series, targets sync.Map
}

// NewMetrics registers the metrics.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		duration: histogram(MetricRequestDuration, "Time from the request's headers to the end of the answer.",
			durationBuckets(), LabelOperation, LabelModel, LabelStatus),
		firstToken: histogram(MetricTimeToFirstToken, "Time from the request's headers to the first byte of a successful answer.",
			firstTokenBuckets(), LabelOperation, LabelModel),
		tokens: histogram(MetricTokenUsage, "Tokens of one request, as the upstream counted them.",
			tokenBuckets(), LabelOperation, LabelModel, LabelTokenType),
		cost: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: MetricCost, Help: "What requests cost by the prices of their targets, in US dollars.",
		}, []string{LabelModel}),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: MetricAttempts, Help: "Requests sent to targets, by how they ended.",
		}, []string{LabelModel, LabelTarget, LabelProvider, LabelOutcome}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: MetricInFlight, Help: "Requests being served."}),
	}
	reg.MustRegister(m.duration, m.firstToken, m.tokens, m.cost, m.attempts, m.inFlight)
	return m
}

func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
}

// Begin counts a request as being served.
func (m *Metrics) Begin() { m.inFlight.Inc() }

// End counts a request as served and, where it was for a model, records it.
func (m *Metrics) End(x *Exchange) {
	m.inFlight.Dec()
	if x.Operation == "" {
		return
	}
	s := m.resolve(x)
	s.duration.Observe(x.Duration.Seconds())
	s.cost.Add(float64(x.Cost) / nanosPerDollar)
	if s.firstToken == nil {
		return
	}
	if d := x.timeToFirstByte(); d > 0 {
		s.firstToken.Observe(d.Seconds())
	}
	if x.TokensKnown {
		s.input.Observe(float64(x.InputTokens))
		s.output.Observe(float64(x.OutputTokens))
	}
}

// seriesKey is what the series of one request depend on.
type seriesKey struct{ operation, model, class string }

// nanosPerDollar is how many of the smallest amounts of money.USD make one dollar.
const nanosPerDollar = 1e9

// series are the pre-resolved handles for one seriesKey. Those of a successful answer are nil where the class is another one.
type series struct {
	duration, firstToken, input, output prometheus.Observer
	cost                                prometheus.Counter
}

func (m *Metrics) resolve(x *Exchange) *series {
	key := seriesKey{x.Operation, x.Model, class(x.Status)}
	if key.model == "" {
		key.model = UnknownModel
	}
	if s, ok := m.series.Load(key); ok {
		return s.(*series)
	}
	s := &series{
		duration: m.duration.WithLabelValues(key.operation, key.model, key.class), cost: m.cost.WithLabelValues(key.model),
	}
	if key.class == "2xx" {
		s.firstToken = m.firstToken.WithLabelValues(key.operation, key.model)
		s.input = m.tokens.WithLabelValues(key.operation, key.model, tokenInput)
		s.output = m.tokens.WithLabelValues(key.operation, key.model, tokenOutput)
	}
	m.series.Store(key, s)
	return s
}

// class is the value of LabelStatus.
func class(status int) string {
	switch {
	case status == StatusClientGone:
		return "client_gone"
	case status >= 500:
		return "5xx"
	case status >= 400:
		return "4xx"
	case status >= 300:
		return "3xx"
	}
	return "2xx"
}

// Routes says what is routed now.
type Routes interface {
	HasModel(model string) bool
	HasTarget(model, target, provider string) bool
}

// Retain forgets the series of what is not routed, so that aliases and targets that come and go leave nothing behind.
func (m *Metrics) Retain(routed Routes) {
	gone := map[string]bool{}
	m.series.Range(func(k, _ any) bool {
		if model := k.(seriesKey).model; model != UnknownModel && !routed.HasModel(model) {
			gone[model] = true
			m.series.Delete(k)
		}
		return true
	})
	for model := range gone {
		labels := prometheus.Labels{LabelModel: model}
		m.duration.DeletePartialMatch(labels)
		m.firstToken.DeletePartialMatch(labels)
		m.tokens.DeletePartialMatch(labels)
		m.cost.DeletePartialMatch(labels)
	}
	m.targets.Range(func(k, _ any) bool {
		if key := k.(targetKey); !routed.HasTarget(key.model, key.target, key.provider) {
			m.forget(key)
		}
		return true
	})
}

func (m *Metrics) forget(key targetKey) {
	m.targets.Delete(key)
	for o := OutcomeAnswered; o < outcomes; o++ {
		m.attempts.DeleteLabelValues(key.model, key.target, key.provider, o.String())
	}
}

// ObserveSnapshot registers what is known of the routing table: the number of its models and since when it is served. state is
// called at each scrape.
func ObserveSnapshot(reg prometheus.Registerer, state func() (models int, since time.Time)) {
	reg.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: MetricSnapshotModels, Help: "Models in the routing table that is served.",
		}, func() float64 {
			models, _ := state()
			return float64(models)
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: MetricSnapshotAge, Help: "Time since the routing table was swapped in; 0 before there is one.",
		}, func() float64 {
			_, since := state()
			if since.IsZero() {
				return 0
			}
			return time.Since(since).Seconds()
		}),
	)
}
