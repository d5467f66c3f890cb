package live_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/asterisk/live"
)

// operatorFiles is what the documentation asks an operator for, and no more.
func operatorFiles() map[string]string {
	return map[string]string{
		"orgpbx/README": "Generated files.\n",
		"sorcery.conf": `
[res_pjsip]
endpoint=config,pjsip.conf,criteria=type=endpoint
endpoint=astdb,ps
auth=config,pjsip.conf,criteria=type=auth
auth=astdb,ps
aor=config,pjsip.conf,criteria=type=aor
aor=astdb,ps

[res_pjsip_endpoint_identifier_ip]
identify=config,pjsip.conf,criteria=type=identify
identify=astdb,ps

[res_pjsip_outbound_registration]
registration=config,pjsip.conf,criteria=type=registration
registration=astdb,ps
`,
		"extensions.conf": "\n#tryinclude \"orgpbx/*.extensions.conf\"\n",
		"queues.conf":     "\n#tryinclude \"orgpbx/*.queues.conf\"\n",
		"voicemail.conf":  "\n#tryinclude \"orgpbx/*.voicemail.conf\"\n",
		"manager.conf":    "\n[live]\nsecret = of-the-test\nread = system\nwrite = system,config,command,call\n",
	}
}

// connect logs in with the rights that the documentation asks for.
func connect(tb testing.TB, a *asterisktest.Asterisk) *ami.Conn {
	tb.Helper()
	conn, err := ami.New(ami.Config{
		Addr: a.AMI().Addr, Username: "live", Secret: "of-the-test",
		RetryMin: 10 * time.Millisecond, RetryMax: 100 * time.Millisecond,
	})
	require.NoError(tb, err)
	require.NoError(tb, conn.Start(tb.Context()))
	tb.Cleanup(func() { require.NoError(tb, conn.Close()) })
	require.NoError(tb, conn.Ready(tb.Context()))
	return conn
}

func newPBX(tb testing.TB, conn *ami.Conn) *live.PBX {
	tb.Helper()
	p, err := live.New(live.Config{AMI: conn, Logger: slog.New(slog.NewTextHandler(tb.Output(), nil))})
	require.NoError(tb, err)
	return p
}
