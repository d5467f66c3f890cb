package s3_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store/s3"
)

// server is an S3 in memory behind what can break its requests.
type server struct {
	*httptest.Server
	config s3.Config

	mu    sync.Mutex
	fault func(w http.ResponseWriter, r *http.Request) bool // nil: none; true: it has answered
	asked []*http.Request
}

// serve starts a server with one bucket.
func serve(t *testing.T) *server {
	t.Helper()
	backend := s3mem.New()
	require.NoError(t, backend.CreateBucket("recordings"))
	bucket := gofakes3.New(backend).Server()
	s := new(server)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r)
		fault := s.fault
		s.mu.Unlock()
		if fault == nil || !fault(w, r) {
			bucket.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	s.config.Endpoint = strings.TrimPrefix(s.URL, "http://")
	s.config.Bucket, s.config.AccessKey, s.config.SecretKey = "recordings", "somebody", "canary"
	return s
}

// breaks sets what breaks requests; nil: nothing.
func (s *server) breaks(fault func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

// requests returns those that came since it was called last.
func (s *server) requests() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

func (s *server) bucket(t *testing.T, edit func(*s3.Config)) *s3.Bucket {
	t.Helper()
	config := s.config
	edit(&config)
	b, err := s3.New(config)
	require.NoError(t, err)
	return b
}

// away ends every connection.
func away(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }

// inTheMiddle reads some of an upload and ends the connection.
func inTheMiddle(_ http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodPut {
		return false
	}
	_, _ = io.CopyN(io.Discard, r.Body, 1000)
	panic(http.ErrAbortHandler)
}

func put(t *testing.T, b *s3.Bucket, contextPrefix, name, text string, modified time.Time) {
	t.Helper()
	require.NoError(t, b.Put(t.Context(), contextPrefix, cdr.RecordingFile{
		ReadSeekCloser: readCloser{bytes.NewReader([]byte(text))},
		RecordingInfo:  cdr.RecordingInfo{Name: name, Bytes: int64(len(text)), ModifiedAt: modified},
	}))
}

type readCloser struct{ *bytes.Reader }

// Close does nothing.
func (readCloser) Close() error { return nil }

// nobody is an address where nobody listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}
