package httpapi

import (
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/orgpbx/orgpbx/resource/cdr"
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

// noticeMetric counts the levels of use that somebody was told of. It knows no
// organisation; the log does.
type noticeMetric struct {
	desc    *prometheus.Desc
	noticed func() map[cdr.NoticeCount]int
}

func newNoticeMetric(noticed func() map[cdr.NoticeCount]int) noticeMetric {
	return noticeMetric{noticed: noticed, desc: prometheus.NewDesc("orgpbx_usage_notices_total",
		"Organisations that have reached 80 or 100 percent of what they may use in a month, by what it is.", []string{"kind", "percent"}, nil)}
}

// Describe implements [prometheus.Collector].
func (m noticeMetric) Describe(into chan<- *prometheus.Desc) { into <- m.desc }

// Collect implements [prometheus.Collector].
func (m noticeMetric) Collect(into chan<- prometheus.Metric) {
	for of, n := range m.noticed() {
		into <- prometheus.MustNewConstMetric(m.desc, prometheus.CounterValue, float64(n), string(of.Kind), strconv.Itoa(of.Percent))
	}
}

// newPurgedMetric counts calls that came again after they were deleted.
func newPurgedMetric(refused func() int) prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "orgpbx_purged_calls_refused_total",
		Help: "Records of calls that were not saved, because they are as old as some that were deleted because of their age.",
	}, func() float64 { return float64(refused()) })
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
