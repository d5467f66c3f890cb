package editor_test

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/asterisk/confdir"
)

// startAsterisk starts one, and the backend that writes its files.
func startAsterisk(t *testing.T) (*asterisktest.Asterisk, *confdir.PBX) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "asterisk-config")
	included := map[string]string{}
	for _, name := range []string{"pjsip.conf", "extensions.conf", "queues.conf", "voicemail.conf"} {
		included[name] = fmt.Sprintf("\n#tryinclude %s\n", filepath.Join(dir, name))
	}
	// Asterisk reads the shared files when it starts.
	prepared, err := confdir.New(confdir.Config{Dir: dir})
	require.NoError(t, err)
	require.NoError(t, prepared.Prepare(t.Context()))
	a := asterisktest.Start(t, asterisktest.Options{Files: included})
	conn, err := ami.New(ami.Config{Addr: a.AMI().Addr, Username: a.AMI().Username, Secret: a.AMI().Secret})
	require.NoError(t, err)
	require.NoError(t, conn.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	require.NoError(t, conn.Ready(t.Context()))
	pbx, err := confdir.New(confdir.Config{Dir: dir, AMI: conn})
	require.NoError(t, err)
	return a, pbx
}

func TestAnEditInABrowserIsLiveInAsterisk(t *testing.T) {
	t.Parallel()
	a, pbx := startAsterisk(t)
	p := newPanelOn(t, "", pbx)
	o := p.organization(t, "Grand Hotel")
	b := newTab(t, p.url)
	applied := chromedp.Poll(`document.body.innerText.includes(" applied in ")`, nil)
	b.open("/organizations/" + o.ID + "/settings")
	b.fill("name", adminName)
	b.fill("password", adminPassword)
	b.press("button.main")

	b.fill("limits.concurrent_calls", "7")
	b.fill("settings.max_users", "1")
	b.press(".save button")
	b.run(applied)
	require.Contains(t, asked(t, a, "dialplan show globals"), "ORGPBX_"+o.ContextPrefix+"_CALLS=7")

	b.open("/organizations/" + o.ID + "/users/new")
	b.fill("extension", "1001")
	b.press(".save button")
	b.run(applied)
	username := look[string](b, `document.getElementById("sip-username").value`)
	require.Contains(t, asked(t, a, "pjsip show endpoint "+username), "InAuth:  "+username)
	b.keep("sip-password")
	b.checkTrunks("/organizations/" + o.ID + "/trunks")

	b.open("/organizations/" + o.ID + "/users/new")
	b.fill("extension", "1002")
	b.press(".save button")
	require.Contains(t, b.text(), "the limit of 1 users is reached")
}

// checkTrunks adds trunks to two carriers, one of which knows the password, and
// sees what becomes of them.
func (b *tab) checkTrunks(path string) {
	b.t.Helper()
	for name, password := range map[string]string{"takes-us": "of-the-carrier", "refuses-us": "of-another"} {
		carrier := asterisktest.NewCarrier(b.t, asterisktest.CarrierOptions{Username: "acct", Password: password})
		host, port, err := net.SplitHostPort(carrier.Addr())
		require.NoError(b.t, err)
		b.open(path + "/new")
		for field, value := range map[string]string{"name": name, "host": host, "port": port, "username": "acct", "password": "of-the-carrier"} {
			b.fill(field, value)
		}
		b.press(".save button")
	}
	b.open(path)
	state := func(name string) string {
		return look[string](b, `[...document.querySelectorAll("tbody tr")].find((r) => r.innerText.includes("`+name+`")).querySelector("td").innerText`)
	}
	for name, want := range map[string]string{"takes-us": "Registered\nRegisters again in ", "refuses-us": "Rejected\nNext try in "} {
		for end := time.Now().Add(browserPatience); !strings.Contains(state(name), want) && time.Now().Before(end); {
			b.run(chromedp.Reload())
		}
		require.Contains(b.t, state(name), want)
	}
	b.picture("trunks")
	b.press("tbody th a")
	require.Regexp(b.t, `Now\s+Reg|Now\s+Rej`, b.text())
	b.picture("trunk")
}

func asked(t *testing.T, a *asterisktest.Asterisk, command string) string {
	t.Helper()
	answer, err := a.CLI(t.Context(), command)
	require.NoError(t, err)
	return answer
}
