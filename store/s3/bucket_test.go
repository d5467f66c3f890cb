package s3_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/store/s3"
	"github.com/orgpbx/orgpbx/store/storetest"
)

func TestABucketKeepsThePromisesOfRecordings(t *testing.T) {
	t.Parallel()
	for name, prefix := range map[string]string{"without a prefix": "", "with a prefix": "pbx/recordings"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunRecordings(t, func(t *testing.T) storetest.Recordings {
				b := serve(t).bucket(t, func(c *s3.Config) { c.Prefix = prefix })
				return storetest.Recordings{
					Recordings: b,
					Put: func(t *testing.T, contextPrefix, name, text string, modified time.Time) {
						t.Helper()
						put(t, b, contextPrefix, name, text, modified)
					},
				}
			})
		})
	}
}

func TestAPartOfARecordingIsOneRequestForThatPart(t *testing.T) {
	t.Parallel()
	s := serve(t)
	b := s.bucket(t, func(*s3.Config) {})
	text := strings.Repeat("0123456789", 20_000)
	put(t, b, "aaaa1111", "1.wav", text, time.Now())
	s.requests()
	file, err := b.Open(t.Context(), "aaaa1111", "1.wav")
	require.NoError(t, err)
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.Header.Set("Range", "bytes=150001-150009")
	w := httptest.NewRecorder()
	http.ServeContent(w, r, "1.wav", file.ModifiedAt, file)
	require.NoError(t, file.Close())
	require.Equal(t, http.StatusPartialContent, w.Code)
	require.Equal(t, text[150001:150010], w.Body.String())
	asked := s.requests()
	require.Len(t, asked, 2)
	require.Equal(t, http.MethodHead, asked[0].Method)
	require.Equal(t, "bytes=150001-", asked[1].Header.Get("Range"))
}

func TestAnObjectHasItsPlaceAndIsEncryptedAsAsked(t *testing.T) {
	t.Parallel()
	for encryption, want := range map[string][2]string{
		"":                {"", ""},
		"AES256":          {"AES256", ""},
		"aws:kms":         {"aws:kms", ""},
		"aws:kms:key-one": {"aws:kms", "key-one"},
	} {
		t.Run(encryption, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			b := s.bucket(t, func(c *s3.Config) { c.Encryption, c.Prefix = encryption, "pbx" })
			put(t, b, "aaaa1111", "1.wav", "mine", time.Now())
			asked := s.requests()
			require.Len(t, asked, 1)
			require.Equal(t, "/recordings/pbx/aaaa1111/1.wav", asked[0].URL.Path)
			require.Equal(t, want[0], asked[0].Header.Get("X-Amz-Server-Side-Encryption"))
			require.Equal(t, want[1], asked[0].Header.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"))
		})
	}
}

func TestABucketThatIsAwayIsNoMissingRecording(t *testing.T) {
	t.Parallel()
	s := serve(t)
	there := s.bucket(t, func(*s3.Config) {})
	put(t, there, "aaaa1111", "1.wav", "mine", time.Now())
	file, err := there.Open(t.Context(), "aaaa1111", "1.wav")
	require.NoError(t, err)
	for name, b := range map[string]*s3.Bucket{
		"nobody listens":        s.bucket(t, func(c *s3.Config) { c.Endpoint = nobody(t) }),
		"connections are ended": there,
		"there is no such":      s.bucket(t, func(c *s3.Config) { c.Bucket = "another" }),
	} {
		if b == there {
			s.breaks(away)
			_, err = b.Stat(t.Context(), "aaaa1111", "1.wav")
			require.ErrorIs(t, err, org.ErrUnavailable, name)
			_, err = io.ReadAll(file)
			require.ErrorIs(t, err, org.ErrUnavailable, name)
		}
		require.ErrorIs(t, b.Remove(t.Context(), "aaaa1111", "1.wav"), org.ErrUnavailable, name)
		err := b.List(t.Context(), "aaaa1111", func(string) error { return nil })
		require.ErrorIs(t, err, org.ErrUnavailable, name)
		require.NotContains(t, err.Error(), "canary")
		s.breaks(nil)
	}
	require.NoError(t, file.Close())
}

func TestAReadThatBreaksOffIsAnError(t *testing.T) {
	t.Parallel()
	s := serve(t)
	b := s.bucket(t, func(*s3.Config) {})
	put(t, b, "aaaa1111", "1.wav", strings.Repeat("0", 200_000), time.Now())
	file, err := b.Open(t.Context(), "aaaa1111", "1.wav")
	require.NoError(t, err)
	s.breaks(func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Length", "200000")
		_, _ = w.Write(make([]byte, 1000))
		panic(http.ErrAbortHandler)
	})
	_, err = io.ReadAll(file)
	require.Error(t, err)
	require.NoError(t, file.Close())
}

func TestAReadAsksForTheObjectThatWasOpened(t *testing.T) {
	t.Parallel()
	s := serve(t)
	b := s.bucket(t, func(*s3.Config) {})
	put(t, b, "aaaa1111", "1.wav", "mine", time.Now())
	file, err := b.Open(t.Context(), "aaaa1111", "1.wav")
	require.NoError(t, err)
	s.requests()
	_, err = io.ReadAll(file)
	require.NoError(t, err)
	require.NotEmpty(t, s.requests()[0].Header.Get("If-Match"))
	require.NoError(t, file.Close())
}

func TestAPreflightSaysWhatTheBucketLacks(t *testing.T) {
	t.Parallel()
	s := serve(t)
	b := s.bucket(t, func(c *s3.Config) { c.Prefix = "pbx" })
	require.Empty(t, b.Preflight(t.Context()))
	require.NotEmpty(t, s.requests())
	for method, want := range map[string]string{
		http.MethodPut: "cannot be written", http.MethodGet: "cannot be listed", http.MethodDelete: "cannot be deleted from",
	} {
		s.breaks(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != method {
				return false
			}
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `<Error><Code>AccessDenied</Code><Message>canary</Message></Error>`)
			return true
		})
		findings := b.Preflight(t.Context())
		require.Len(t, findings, 1)
		require.Contains(t, findings[0], want)
		require.Contains(t, findings[0], "AccessDenied")
		require.NotContains(t, findings[0], "canary")
	}
	s.breaks(func(w http.ResponseWriter, r *http.Request) bool {
		if !r.URL.Query().Has("versioning") {
			return false
		}
		_, _ = io.WriteString(w, `<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`)
		return true
	})
	require.Contains(t, b.Preflight(t.Context())[0], "keeps versions")
}

func TestABadConfigNamesEveryFieldAndNoValue(t *testing.T) {
	t.Parallel()
	_, err := s3.New(s3.Config{
		Endpoint: "https://canary", Bucket: "Canary", Region: "canary!", Prefix: "/canary", Encryption: "canary",
	})
	var invalid *org.InvalidError
	require.ErrorAs(t, err, &invalid)
	var fields []string
	for _, f := range invalid.Fields {
		fields = append(fields, f.Field)
	}
	require.Equal(t, []string{"endpoint", "bucket", "region", "access_key", "secret_key", "prefix", "encryption"}, fields)
	require.NotContains(t, strings.ToLower(err.Error()), "canary")

	good := s3.Config{Endpoint: "[::1]:9000", Bucket: "recordings", AccessKey: "a", SecretKey: "b", Prefix: "a/b.c"}
	require.NoError(t, good.Check())
	for _, endpoint := range []string{"", "a/b", "a:b", "user@host", "host?x", "host:9000:1", "host\n"} {
		bad := good
		bad.Endpoint = endpoint
		require.Error(t, bad.Check(), "%q", endpoint)
	}
	for _, prefix := range []string{"a/", "a//b", "..", "a/../b", "a b"} {
		bad := good
		bad.Prefix = prefix
		require.Error(t, bad.Check(), "%q", prefix)
	}
	for _, encryption := range []string{"aws:kms:", "aws:kmsx", "aes256", "xaws:kms"} {
		bad := good
		bad.Encryption = encryption
		require.Error(t, bad.Check(), "%q", encryption)
	}
}
