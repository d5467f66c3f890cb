package httpapi

import (
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
	"time"

	"github.com/orgpbx/orgpbx/httpapi/caller"
)

// exchange is what is known of one request for its log line and metrics.
type exchange struct {
	requestID string
	operation string // id of the operation; empty where none matched
	code      string // of the problem it was answered with
	caller    caller.Caller
	start     time.Time
}

type exchangeKey struct{}

// exchangeOf returns the exchange that [API.ServeHTTP] put into the context of
// a request, and an empty one where there is none.
func exchangeOf(ctx context.Context) *exchange {
	if x, is := ctx.Value(exchangeKey{}).(*exchange); is {
		return x
	}
	return &exchange{}
}

var saneRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// newExchange takes the request id over that a proxy gave, if it is sane.
func newExchange(r *http.Request) *exchange {
	id := r.Header.Get("X-Request-ID")
	if !saneRequestID.MatchString(id) {
		id = rand.Text()
	}
	return &exchange{requestID: id, start: time.Now()}
}

// recorder notes the status and size of an answer.
type recorder struct {
	http.ResponseWriter
	status int // 0 until something was sent
	bytes  int
}

// WriteHeader notes the status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += n
	return n, err
}

// Unwrap lets [http.ResponseController] reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
