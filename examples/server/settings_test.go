package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheServerStartsWithNoSettingsAtAll(t *testing.T) {
	s, err := parseSettings(nil)
	require.NoError(t, err)
	require.Equal(t, Settings{
		Addr: "127.0.0.1:8080", DatabaseURL: "sqlite:orgpbx.db", AdminUsername: "admin", PBX: "files",
		AsteriskDir: "asterisk-config", SIPDomain: "127.0.0.1", LogFormat: "text",
		DriftInterval: time.Minute,
		CDRInterval:   time.Minute,
		UsageInterval: 5 * time.Minute,
		DeployWait:    5 * time.Second,
		RateLimit:     100,
		RecordingsS3:  bucketSettings{TLS: true},
	}, s)
}

func TestFlagsAndEnvironmentHaveTheSameNames(t *testing.T) {
	t.Setenv("ORGPBX_ADDR", "127.0.0.1:1")
	t.Setenv("ORGPBX_DATABASE_URL", "memory:")
	t.Setenv("ORGPBX_PBX", "none")
	t.Setenv("ADMIN_PASSWORD", "from-environment")
	s, err := parseSettings([]string{"--addr", "127.0.0.1:2", "--admin-username", "root"})
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:2", s.Addr, "a flag goes before the environment")
	require.Equal(t, "memory:", s.DatabaseURL)
	require.Equal(t, "none", s.PBX)
	require.Equal(t, "root", s.AdminUsername)
	require.Equal(t, "from-environment", s.AdminPassword.Reveal())
}

func TestABadSettingIsOneLineThatNamesItAndHidesItsValue(t *testing.T) {
	const canary = "canary"
	for variable, value := range map[string]string{
		"ORGPBX_ADDR":            canary,
		"ORGPBX_DATABASE_URL":    canary + "://user:pass@host/db",
		"ADMIN_PASSWORD":         canary[:4],
		"ORGPBX_ENCRYPTION_KEY":  canary,
		"ORGPBX_PBX":             canary,
		"ORGPBX_AMI_ADDR":        canary,
		"ORGPBX_LOG_FORMAT":      canary,
		"ORGPBX_SIP_DOMAIN":      "{" + canary + "}.sip.example.com",
		"ORGPBX_DRIFT_INTERVAL":  "-17h",
		"ORGPBX_CDR_INTERVAL":    "-17h",
		"ORGPBX_USAGE_INTERVAL":  "0s",
		"ORGPBX_DEPLOY_WAIT":     "-18h",
		"ORGPBX_SMTP_URL":        canary,
		"ORGPBX_RATE_LIMIT":      "-1718",
		"ORGPBX_CORS_ORIGINS":    "https://panel.example.com," + canary,
		"ORGPBX_TRUSTED_PROXIES": "10.0.0.0/8," + canary,
	} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv(variable, value)
			_, err := parseSettings(nil)
			require.ErrorContains(t, err, variable)
			require.NotContains(t, err.Error(), value)
			require.NotContains(t, err.Error(), "\n")
		})
	}
	t.Run("a manager without credentials", func(t *testing.T) {
		t.Setenv("ORGPBX_AMI_ADDR", "127.0.0.1:5038")
		_, err := parseSettings(nil)
		require.ErrorContains(t, err, "ORGPBX_AMI_SECRET")
	})
	t.Run("live without a manager", func(t *testing.T) {
		t.Setenv("ORGPBX_PBX", "live")
		_, err := parseSettings(nil)
		require.ErrorContains(t, err, "live needs ORGPBX_AMI_ADDR")
	})
	t.Run("a preflight of nothing", func(t *testing.T) {
		_, err := parseSettings([]string{"--preflight"})
		require.ErrorContains(t, err, "--preflight")
		_, err = parseSettings([]string{"--fix"})
		require.ErrorContains(t, err, "--fix")
	})
}

func TestTheEncryptionKeyIsMadeOnceAndKeptForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	made, err := Settings{}.loadKey(dir)
	require.NoError(t, err)
	require.Len(t, made, 32)
	info, err := os.Stat(filepath.Join(dir, keyFile))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	again, err := Settings{}.loadKey(dir)
	require.NoError(t, err)
	require.Equal(t, made, again)

	given := bytes.Repeat([]byte{7}, 32)
	set := Settings{EncryptionKey: secretOf(base64.StdEncoding.EncodeToString(given))}
	loaded, err := set.loadKey(dir)
	require.NoError(t, err)
	require.Equal(t, given, loaded)

	require.NoError(t, os.WriteFile(filepath.Join(dir, keyFile), []byte("broken"), 0o600))
	_, err = Settings{}.loadKey(dir)
	require.ErrorContains(t, err, keyFile)
}

func TestAPortThatIsTakenIsSaidBeforeAnythingIsMade(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, taken.Close()) })
	file := filepath.Join(t.TempDir(), "orgpbx.db")
	settings, err := parseSettings([]string{
		"--addr", taken.Addr().String(), "--database-url", "sqlite:" + file, "--pbx", "none",
		"--encryption-key", base64.StdEncoding.EncodeToString(make([]byte, 32)),
	})
	require.NoError(t, err)
	_, err = open(t.Context(), settings, new(bytes.Buffer))
	require.ErrorContains(t, err, "ORGPBX_ADDR")
	_, err = os.Stat(file)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestTheBannerSaysWhereEverythingIsAndHowToBegin(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	settings := Settings{AdminUsername: "o'neil", DatabaseURL: "postgres://u:hidden@h/db", PBX: "files", AsteriskDir: "/srv/asterisk-config"}
	addr := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}
	require.NoError(t, printBanner(&out, settings, addr, "made-for-this-run"))
	text := out.String()
	for _, want := range []string{
		"http://127.0.0.1:8080/api/v1", "/api-docs", "/reference", "Postgres", "made-for-this-run", "curl -sS",
		`"admin_username":"o'"'"'neil"`, "#tryinclude /srv/asterisk-config/pjsip.conf",
	} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, "hidden")

	out.Reset()
	settings.AdminPassword = "chosen-by-operator"
	require.NoError(t, printBanner(&out, settings, addr, settings.AdminPassword))
	require.NotContains(t, out.String(), "chosen-by-operator")
	require.Contains(t, out.String(), `"$ADMIN_PASSWORD"`)
}

func TestTheCurlLineOfTheBannerWorksAsPrinted(t *testing.T) {
	t.Parallel()
	settings, err := parseSettings([]string{
		"--addr", "127.0.0.1:0", "--database-url", "memory:", "--pbx", "none",
		"--encryption-key", base64.StdEncoding.EncodeToString(make([]byte, 32)),
	})
	require.NoError(t, err)
	var banner strings.Builder
	startServer(t, settings, &banner)

	_, rest, found := strings.Cut(banner.String(), "curl -sS")
	require.True(t, found)
	line, _, found := strings.Cut(rest, "\n\n")
	require.True(t, found)
	out, err := exec.CommandContext(t.Context(), "sh", "-c", "curl -sS"+line).CombinedOutput()
	require.NoError(t, err, "%s", out)
	var o object
	require.NoError(t, json.Unmarshal(out, &o), "%s", out)
	require.Equal(t, "Grand-Estancia-Salem", o["name"], "%s", out)
	require.NotEmpty(t, o["api_secret"])
}
