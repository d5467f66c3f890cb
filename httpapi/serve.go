package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"time"
)

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := newExchange(r)
	rec := &recorder{ResponseWriter: w}
	r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
	setSecurityHeaders(rec.Header())
	rec.Header().Set("X-Request-ID", x.requestID)
	defer a.finish(rec, r, x)
	defer a.recover(rec, r, x)
	if a.cors != nil && strings.HasPrefix(r.URL.Path, "/api/") {
		a.cors.ServeHTTP(rec, r, a.route)
		return
	}
	a.route(rec, r)
}

// setSecurityHeaders sets what fits the API. The documentation's pages replace
// the policy by their own.
func setSecurityHeaders(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
}

// route runs the operation of a request. What the router itself would answer,
// in words of its own, becomes a problem.
func (a *API) route(w http.ResponseWriter, r *http.Request) {
	handler, pattern := a.mux.Handler(r)
	if pattern != "" && isClean(r.URL.Path) {
		a.mux.ServeHTTP(w, r)
		return
	}
	if pattern != "" {
		a.fail(w, r, errNotFound)
		return
	}
	if a.config.Fallback != nil && !strings.HasPrefix(r.URL.Path, "/api/") {
		exchangeOf(r.Context()).operation = "fallback"
		a.config.Fallback.ServeHTTP(w, r)
		return
	}
	refusal := refusalWriter{header: http.Header{}}
	handler.ServeHTTP(&refusal, r)
	if refusal.status == http.StatusMethodNotAllowed {
		a.fail(w, r, errMethodNotAllowed.with("Allow", refusal.header.Get("Allow")))
		return
	}
	a.fail(w, r, errNotFound)
}

// isClean reports whether the router takes a path as it is, rather than
// redirecting to what it thinks was meant.
func isClean(p string) bool {
	return p == "/" || path.Clean(p) == strings.TrimSuffix(p, "/")
}

// refusalWriter keeps the router's answer to a request it has no route for.
type refusalWriter struct {
	header http.Header
	status int
}

// Header returns the headers of the answer.
func (w *refusalWriter) Header() http.Header { return w.header }

// WriteHeader keeps the status.
func (w *refusalWriter) WriteHeader(status int) { w.status = status }

// Write drops the text.
func (w *refusalWriter) Write(b []byte) (int, error) { return len(b), nil }

// recover answers a panic with errInternal. Where an answer has begun already
// the connection is cut, so that nobody takes half of it for the whole.
func (a *API) recover(w *recorder, r *http.Request, x *exchange) {
	reason := recover()
	if reason == nil {
		return
	}
	if err, is := reason.(error); is && errors.Is(err, http.ErrAbortHandler) {
		panic(reason)
	}
	a.config.Logger.ErrorContext(r.Context(), "panic", "request_id", x.requestID, "operation", x.operation,
		"panic", fmt.Sprint(reason), "stack", string(debug.Stack()))
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	a.fail(w, r, errInternal)
}

// finish writes the log line and counts the request. Headers, bodies and the
// query stay out of both: they may hold secrets.
func (a *API) finish(w *recorder, r *http.Request, x *exchange) {
	took := time.Since(x.start)
	a.metrics.observe(x.operation, w.status, took)
	a.config.Logger.InfoContext(r.Context(), "request",
		"request_id", x.requestID,
		"method", r.Method,
		"path", r.URL.Path,
		"operation", x.operation,
		"status", w.status,
		"code", x.code,
		"bytes", w.bytes,
		"duration", took,
		"remote", a.config.Guard.Address(r),
		"platform", x.caller.Platform,
		"organization_id", x.caller.Organization.ID,
		"member_id", x.caller.MemberID())
}
