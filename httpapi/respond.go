package httpapi

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
)

// write sends a JSON document. It is made before the first byte goes out, so
// one that cannot be made is still a proper error.
func (a *API) write(w http.ResponseWriter, r *http.Request, status int, contentType string, v any) {
	var body bytes.Buffer
	if err := a.huma.Marshal(&body, "application/json", v); err != nil {
		a.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the client may be gone: nothing to be done
}

// stream sends an answer whose end nobody knows. Where it cannot be finished the
// connection is cut, so that nobody takes half of it for the whole.
func (a *API) stream(w http.ResponseWriter, r *http.Request, contentType string, write func(io.Writer) error) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(http.StatusOK)
	if err := write(w); err != nil {
		a.config.Logger.WarnContext(r.Context(), "an answer was cut off", "request_id", exchangeOf(r.Context()).requestID, "error", err)
		panic(http.ErrAbortHandler)
	}
}

// fail answers with the problem of an error, and logs what nobody foresaw.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := *problemOf(err)
	x := exchangeOf(r.Context())
	p.RequestID = x.requestID
	x.code = p.Code
	switch {
	case p.Status == http.StatusServiceUnavailable: // passes by itself, or the client went away
		a.config.Logger.WarnContext(r.Context(), "request not served", "request_id", x.requestID, "operation", x.operation, "error", err)
	case p.Status >= http.StatusInternalServerError:
		a.config.Logger.ErrorContext(r.Context(), "request failed", "request_id", x.requestID, "operation", x.operation, "error", err)
	}
	for name, values := range p.header {
		w.Header()[name] = values
	}
	w.Header().Del("ETag")
	a.write(w, r, p.Status, "application/problem+json", p)
}
