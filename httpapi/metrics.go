package httpapi

import (
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// requestMetrics are the metrics of the API. They know operations and
// statuses, of which there are few, and no organisation, of which there may be
// very many.
type requestMetrics struct {
	count    *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

func newRequestMetrics(registry *prometheus.Registry) (requestMetrics, error) {
	labels := []string{"operation", "status"}
	m := requestMetrics{
		count: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "orgpbx_http_requests_total",
			Help: "HTTP requests answered, by operation and status.",
		}, labels),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "orgpbx_http_request_duration_seconds",
			Help:    "Time to answer an HTTP request, by operation and status.",
			Buckets: prometheus.DefBuckets,
		}, labels),
	}
	for _, c := range []prometheus.Collector{m.count, m.duration} {
		if err := registry.Register(c); err != nil {
			return requestMetrics{}, fmt.Errorf("httpapi: register metrics: %w", err)
		}
	}
	return m, nil
}

func (m requestMetrics) observe(operation string, status int, took time.Duration) {
	if operation == "" {
		operation = "none" // no such path, or not with that method
	}
	code := strconv.Itoa(status)
	m.count.WithLabelValues(operation, code).Inc()
	m.duration.WithLabelValues(operation, code).Observe(took.Seconds())
}

// driftMetric tells how many objects of each organisation the PBX has
// otherwise than it was told. Only organisations with drift are in it, of which
// there are few.
type driftMetric struct {
	desc    *prometheus.Desc
	drifted func() map[string]int
}

func newDriftMetric(drifted func() map[string]int) driftMetric {
	return driftMetric{drifted: drifted, desc: prometheus.NewDesc("orgpbx_drift_objects",
		"Objects that the PBX has otherwise than it was told, by organisation; none where all is well.", []string{"organization_id"}, nil)}
}

// Describe implements [prometheus.Collector].
func (m driftMetric) Describe(out chan<- *prometheus.Desc) { out <- m.desc }

// Collect implements [prometheus.Collector].
func (m driftMetric) Collect(out chan<- prometheus.Metric) {
	for id, n := range m.drifted() {
		out <- prometheus.MustNewConstMetric(m.desc, prometheus.GaugeValue, float64(n), id)
	}
}
