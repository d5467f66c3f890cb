package httpapi

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"time"
)

// bodyTimeout is how long a body may take to arrive.
const bodyTimeout = 10 * time.Second

// readBody returns the JSON document of a request, empty where there is none,
// or a problem: 408, 413, 415, or 400 for what is no JSON.
func (c *call) readBody() ([]byte, error) {
	// Not every writer has a connection with deadlines; the server's own
	// timeouts hold then.
	deadline := http.NewResponseController(c.w)
	_ = deadline.SetReadDeadline(time.Now().Add(bodyTimeout))
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, c.api.config.MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, errTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, errBodyTimeout
	case err != nil:
		return nil, errMalformedJSON
	}
	_ = deadline.SetReadDeadline(time.Time{})
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		return nil, nil
	case !isJSON(c.r.Header):
		return nil, errMediaType
	case !isStrictJSON(body):
		return nil, errMalformedJSON
	}
	return body, nil
}

// isJSON accepts a missing Content-Type too: nothing else is taken here.
func isJSON(h http.Header) bool {
	if encoding := h.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return false
	}
	given := h.Get("Content-Type")
	if given == "" {
		return true
	}
	mediaType, _, err := mime.ParseMediaType(given)
	return err == nil && (mediaType == "application/json" || mediaType == "application/merge-patch+json")
}
