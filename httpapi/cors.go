package httpapi

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rs/cors"
)

// corsTime is how long a browser may remember what a page may ask.
const corsTime = 10 * time.Minute

// newCORS lets pages of these origins use the API; nil lets none. They have to send
// a credential of their own: what a browser remembers is not sent along.
func newCORS(origins []string) *cors.Cors {
	if len(origins) == 0 {
		return nil
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete},
		AllowedHeaders: []string{
			"Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Range", "X-API-Key", "X-API-Secret",
			"X-Organization-ID", "X-Request-ID",
		},
		ExposedHeaders: []string{"Content-Range", "ETag", "Idempotency-Replayed", "Retry-After", "X-Request-ID"},
		MaxAge:         int(corsTime.Seconds()),
	})
}

// CheckOrigin returns an error unless the text is the origin of a page, such as
// https://panel.example.com:8443, without a path and without a pattern.
func CheckOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Contains(u.Host, "*") ||
		u.Scheme+"://"+u.Host != origin {
		return errors.New("must be an origin, such as https://panel.example.com, without a path or a pattern")
	}
	return nil
}
