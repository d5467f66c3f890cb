package httpapi

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/orgpbx/orgpbx/httpapi/guard"
	"github.com/orgpbx/orgpbx/org"
)

// limited reports whether requests of the operation are counted by address:
// all but the checks of load balancers, which everything depends on.
func (op operation) limited() bool { return op.access != anyone || op.writes() }

// admit counts the request by its address, before anything is looked at.
func (c *call) admit() error {
	if !c.op.limited() {
		return nil
	}
	return c.api.config.Guard.Request(c.api.config.Guard.Address(c.r))
}

// countStranger counts what somebody was refused who has not said who he is.
// When that is too often he is told so instead: otherwise a stranger could fill
// the trail, which has an entry for every refused write.
func (c *call) countStranger(failure error) error {
	var exceeded *guard.LimitError
	if failure == nil || errors.As(failure, &exceeded) || c.isKnown() || !c.op.limited() || problemOf(failure).Status >= http.StatusInternalServerError {
		return failure
	}
	who := c.api.config.Guard.Address(c.r)
	if errors.Is(failure, org.ErrSuspended) {
		who = "suspended " + who // a program that goes on calling stops nobody's sign-in
	}
	if err := c.api.config.Guard.Stranger(who); err != nil {
		return err
	}
	return failure
}

func (c *call) isKnown() bool { return c.caller.Platform || c.caller.Organization.ID != "" }

// whoIsLimited is whom the entries of refusals by a limit are counted for.
func (c *call) whoIsLimited() string {
	if c.isKnown() {
		return c.caller.Key()
	}
	return c.api.config.Guard.Address(c.r)
}

// limitProblem is the answer to whom a limit stops.
func limitProblem(e *guard.LimitError) *problem {
	return newProblem(http.StatusTooManyRequests, "rate_limited", "Too many requests or tries: wait as long as Retry-After says, in seconds.").
		with("Retry-After", strconv.Itoa(int(e.RetryAfter.Seconds())))
}

// limitMetric counts what the guard refused. It knows neither addresses nor
// accounts.
type limitMetric struct {
	desc    *prometheus.Desc
	refused func() map[guard.Limit]int64
}

func newLimitMetric(refused func() map[guard.Limit]int64) limitMetric {
	return limitMetric{refused: refused, desc: prometheus.NewDesc("orgpbx_http_rate_limited_total",
		"Requests and tries of passwords that a rate limit refused, by the limit.", []string{"limit"}, nil)}
}

// Describe implements [prometheus.Collector].
func (m limitMetric) Describe(into chan<- *prometheus.Desc) { into <- m.desc }

// Collect implements [prometheus.Collector].
func (m limitMetric) Collect(into chan<- prometheus.Metric) {
	for limit, n := range m.refused() {
		into <- prometheus.MustNewConstMetric(m.desc, prometheus.CounterValue, float64(n), string(limit))
	}
}
