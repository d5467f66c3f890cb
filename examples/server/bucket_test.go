package main

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/require"
)

func TestEachBadSettingOfTheBucketIsOneLine(t *testing.T) {
	for variable, value := range map[string]string{
		"ENDPOINT": "https://canary", "BUCKET": "Canary", "REGION": "canary!", "PREFIX": "/canary", "ENCRYPTION": "canary",
	} {
		t.Setenv("ORGPBX_RECORDINGS_S3_"+variable, value)
	}
	_, err := parseSettings(nil)
	require.Error(t, err)
	var names []string
	for line := range strings.Lines(err.Error()) {
		name, _, _ := strings.Cut(line, " (--recordings-")
		names = append(names, strings.TrimPrefix(name, "ORGPBX_RECORDINGS_"))
	}
	require.Equal(t, []string{
		"DIR", "S3_ENDPOINT", "S3_BUCKET", "S3_REGION", "S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_PREFIX", "S3_ENCRYPTION",
	}, names)
	require.NotContains(t, strings.ToLower(err.Error()), "canary")
}

func TestOneSettingOfTheBucketAsksForTheOthers(t *testing.T) {
	t.Setenv("ORGPBX_RECORDINGS_S3_SECRET_KEY", "canary")
	_, err := parseSettings(nil)
	require.ErrorContains(t, err, "ORGPBX_RECORDINGS_S3_ENDPOINT (--recordings-s3-endpoint): must be")
	require.NotContains(t, err.Error(), "canary")
}

func TestThePreflightSaysWhetherTheBucketCanBeUsed(t *testing.T) {
	backend := s3mem.New()
	require.NoError(t, backend.CreateBucket("recordings"))
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	for variable, value := range map[string]string{
		"S3_ENDPOINT": strings.TrimPrefix(server.URL, "http://"), "S3_BUCKET": "recordings", "S3_ACCESS_KEY": "somebody",
		"S3_SECRET_KEY": "canary", "S3_TLS": "false", "DIR": t.TempDir(),
	} {
		t.Setenv("ORGPBX_RECORDINGS_"+variable, value)
	}
	settings, err := parseSettings([]string{"--preflight"})
	require.NoError(t, err)
	var out strings.Builder
	require.NoError(t, preflight(t.Context(), settings, &out))
	require.Equal(t, "the bucket of recordings can be written, listed, read and deleted from\n", out.String())

	out.Reset()
	settings.RecordingsS3.Bucket = "another"
	require.ErrorIs(t, preflight(t.Context(), settings, &out), errNotPrepared)
	require.Contains(t, out.String(), "to do: the bucket of recordings cannot be written: ")
	require.NotContains(t, out.String(), "canary")
}
