package ami_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/ami"
)

func TestNoWayOfPrintingShowsTheSecret(t *testing.T) {
	t.Parallel()
	const secret = "not-for-anybody"
	cfg := ami.Config{Addr: "pbx:5038", Username: "orgpbx", Secret: secret}
	conn, err := ami.New(cfg)
	require.NoError(t, err)

	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X"} {
		fmt.Fprintf(&out, verb+verb+verb+"\n", cfg, &cfg, struct{ C ami.Config }{cfg})
		fmt.Fprintf(&out, verb+verb+"\n", conn, struct{ c *ami.Conn }{conn})
	}
	fmt.Fprintln(&out, cfg.String(), cfg.GoString())
	slog.New(slog.NewTextHandler(&out, nil)).Info("text", "config", cfg, "pointer", &cfg)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "config", cfg, "pointer", &cfg)

	require.NotContains(t, out.String(), secret)
	require.NotContains(t, out.String(), fmt.Sprintf("%x", secret))
	require.NotContains(t, out.String(), fmt.Sprintf("%X", secret))
	require.Contains(t, out.String(), "orgpbx@pbx:5038")
}

func TestNewRefusesAConfigurationThatCannotWork(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(*ami.Config)
		says  string
	}{
		"no port":           {func(c *ami.Config) { c.Addr = "pbx" }, "Addr"},
		"no user":           {func(c *ami.Config) { c.Username = "" }, "Username"},
		"no secret":         {func(c *ami.Config) { c.Secret = "" }, "Secret"},
		"two lines of user": {func(c *ami.Config) { c.Username = "u\r\nEvents: off" }, "Username"},
		"negative duration": {func(c *ami.Config) { c.PingInterval = -1 }, "PingInterval"},
		"bounds reversed":   {func(c *ami.Config) { c.RetryMin, c.RetryMax = time.Minute, time.Second }, "RetryMin"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := ami.Config{Addr: "pbx:5038", Username: "u", Secret: "s"}
			test.spoil(&cfg)
			_, err := ami.New(cfg)
			require.ErrorContains(t, err, "ami: config: ")
			require.ErrorContains(t, err, test.says)
		})
	}
}
