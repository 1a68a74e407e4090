package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// ObserveCertificate registers when the certificate that clients see expires. end is called at each scrape, and returns the zero time
// where there is none.
func ObserveCertificate(reg prometheus.Registerer, end func() time.Time) {
	reg.MustRegister(certificate{
		end:  end,
		desc: prometheus.NewDesc(MetricCertificateEnd, "When the certificate that clients see expires, in seconds since 1970.", nil, nil),
	})
}

// certificate is a gauge that is there at times only.
type certificate struct {
	end  func() time.Time
	desc *prometheus.Desc
}

// Describe says what it may collect.
func (c certificate) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- c.desc }

// Collect collects one metric or none.
func (c certificate) Collect(metrics chan<- prometheus.Metric) {
	if end := c.end(); !end.IsZero() {
		metrics <- prometheus.MustNewConstMetric(c.desc, prometheus.GaugeValue, float64(end.Unix()))
	}
}
