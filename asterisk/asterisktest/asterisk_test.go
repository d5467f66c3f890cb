package asterisktest_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

func TestAsteriskStartsCleanly(t *testing.T) {
	t.Parallel()
	a := asterisktest.Start(t, asterisktest.Options{Files: map[string]string{
		"extensions.conf": "#tryinclude orgs/*.conf\n[probe]\nexten = 1,1,Answer()\n",
		"sorcery.conf":    "[res_pjsip]\nendpoint = config,pjsip.conf,criteria=type=endpoint\n",
	}})

	require.Equal(t, "Asterisk 22", cli(t, a, "core show version")[:11])
	require.Contains(t, cli(t, a, "dialplan show probe"), "Answer()", "a base file is extended")
	require.FileExists(t, a.ConfigDir()+"/sorcery.conf", "a new file is created")
	require.Contains(t, cli(t, a, "pjsip show transport transport-udp"), a.SIPAddr())
	require.Contains(t, cli(t, a, "file convert en/tt-monkeys.gsm "+a.SpoolDir()+"/monkeys.wav"), "Converted",
		"core sounds are there and codecs work")
	require.Empty(t, regexp.MustCompile(`(?m)^.*(WARNING|ERROR).*$`).FindAllString(a.Log(), -1))
}

func TestAsteriskKeepsItsDatabaseAndPortsWhenItComesBack(t *testing.T) {
	t.Parallel()
	a := asterisktest.Start(t, asterisktest.Options{})
	address := a.SIPAddr()
	cli(t, a, "database put family key kept")

	a.Restart()
	require.Contains(t, cli(t, a, "database get family key"), "kept")

	a.Kill()
	_, err := a.CLI(t.Context(), "core show version")
	require.Error(t, err, "nobody answers after a crash")
	a.Boot()
	require.Contains(t, cli(t, a, "database get family key"), "kept")
	require.Equal(t, address, a.SIPAddr())
}

func TestAsterisksSideBySideShareNothing(t *testing.T) {
	t.Parallel()
	one := asterisktest.Start(t, asterisktest.Options{})
	other := asterisktest.Start(t, asterisktest.Options{})

	require.NotEqual(t, one.SIPAddr(), other.SIPAddr())
	require.NotEqual(t, one.AMI(), other.AMI())
	cli(t, one, "database put family key here")
	require.NotContains(t, cli(t, other, "database get family key"), "here")
}

func cli(t *testing.T, a *asterisktest.Asterisk, command string) string {
	t.Helper()
	out, err := a.CLI(t.Context(), command)
	require.NoError(t, err)
	return out
}
