package org_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
)

func TestASecretNeverPrints(t *testing.T) {
	t.Parallel()
	const text = "hunter2"
	secret := org.Secret(text)
	holder := struct {
		Name  string
		Inner *struct{ S org.Secret }
	}{"x", &struct{ S org.Secret }{secret}}

	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		require.NotContains(t, fmt.Sprintf(verb, secret), text, verb)
		require.NotContains(t, fmt.Sprintf(verb, *holder.Inner), text, verb)
		require.NotContains(t, strings.ToLower(fmt.Sprintf(verb, secret)), fmt.Sprintf("%x", text), verb)
	}
	require.NotContains(t, fmt.Sprint(secret, &secret, []org.Secret{secret}, map[string]org.Secret{"k": secret}), text)

	asJSON, err := json.Marshal(holder)
	require.NoError(t, err)
	require.NotContains(t, string(asJSON), text)
	require.Contains(t, string(asJSON), "[redacted]")

	var logged bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&logged, nil))
	log.Info("x", "secret", secret, "holder", holder, slog.Group("g", "s", secret))
	require.NotContains(t, logged.String(), text)
	require.Equal(t, text, secret.Reveal())
}

func TestSecretsAndNamesAreLongRandomAndSafe(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 200 {
		secret, err := org.NewSecret(nil, "ops_")
		require.NoError(t, err)
		require.Regexp(t, `^ops_[A-Za-z0-9_-]{43}$`, secret.Reveal())
		name, err := org.NewName(nil, 10)
		require.NoError(t, err)
		require.Regexp(t, `^[a-z][a-z2-7]{9}$`, name)
		require.False(t, seen[secret.Reveal()] || seen[name])
		seen[secret.Reveal()], seen[name] = true, true
	}
}

func TestWithoutRandomnessThereIsNoSecret(t *testing.T) {
	t.Parallel()
	_, err := org.NewSecret(bytes.NewReader([]byte("short")), "")
	require.Error(t, err)
	_, err = org.NewName(bytes.NewReader(nil), 10)
	require.Error(t, err)
}
