package cache

import "github.com/prometheus/client_golang/prometheus"

// Names of metrics.
const (
	// MetricRequests counts requests that could have been answered from the cache, by what came of it: `hit`; `miss`; `shared`, the
	// answer that another request was waiting for; `bypass`, where the request did not want the cache.
	MetricRequests = "fairlead_cache_requests_total"
	// MetricMemory is what the answers in the memory of this process take, in bytes.
	MetricMemory = "fairlead_cache_stored_bytes"
	// MetricDropped counts answers that could have been kept in Redis and were not: the `queue` to it was full, they were too large
	// for it (`size`), or it did not take them (`store`).
	MetricDropped = "fairlead_cache_dropped_total"
	// MetricUnreadable counts values in Redis that are no answers of this version.
	MetricUnreadable = "fairlead_cache_unreadable_total"
)

type metrics struct {
	hit, miss, shared, bypass         prometheus.Counter
	droppedQueue, droppedSize, failed prometheus.Counter
	unreadable                        prometheus.Counter
}

func newMetrics(reg prometheus.Registerer, m memory) *metrics {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: MetricRequests, Help: "Requests for models whose answers are cached, by what the cache did for them.",
	}, []string{"result"})
	dropped := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: MetricDropped, Help: "Answers that were not written to Redis, by why.",
	}, []string{"reason"})
	unreadable := prometheus.NewCounter(prometheus.CounterOpts{
		Name: MetricUnreadable, Help: "Values in Redis that are no answers of this version.",
	})
	stored := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: MetricMemory, Help: "Memory that cached answers take in this process.",
	}, func() float64 { return float64(m.WeightedSize()) })
	reg.MustRegister(requests, dropped, unreadable, stored)
	return &metrics{
		hit: requests.WithLabelValues("hit"), miss: requests.WithLabelValues("miss"),
		shared: requests.WithLabelValues("shared"), bypass: requests.WithLabelValues("bypass"),
		droppedQueue: dropped.WithLabelValues("queue"), droppedSize: dropped.WithLabelValues("size"),
		failed: dropped.WithLabelValues("store"), unreadable: unreadable,
	}
}
