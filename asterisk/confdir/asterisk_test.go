package confdir_test

import (
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/asterisk/confdir"
	"github.com/orgpbx/orgpbx/resource"
)

// realPBX is an Asterisk that reads a folder, and a PBX that writes it.
type realPBX struct {
	*confdir.PBX
	asterisk *asterisktest.Asterisk
	limited  *ami.Conn // what the PBX has
	conn     *ami.Conn // may do everything
	dir      string
}

func newRealPBX(t *testing.T, general string) realPBX {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, newPBX(t, dir, nil).Prepare(t.Context()))
	include := func(name string) string { return "\n#include \"" + dir + "/" + name + ".conf\"\n" }
	a := asterisktest.Start(t, asterisktest.Options{Files: map[string]string{
		"pjsip.conf":      include("pjsip"),
		"extensions.conf": general + include("extensions"),
		"queues.conf":     include("queues"),
		"voicemail.conf":  include("voicemail"),
		// The rights that the documentation asks for are enough.
		"manager.conf": "\n[confdir]\nsecret = of-the-test\nread = system\nwrite = command,config,call\n",
	}})
	limited := connect(t, ami.Config{Addr: a.AMI().Addr, Username: "confdir", Secret: "of-the-test"})
	conn := connect(t, ami.Config{Addr: a.AMI().Addr, Username: a.AMI().Username, Secret: a.AMI().Secret})
	return realPBX{newPBX(t, dir, limited), a, limited, conn, dir}
}

func (r realPBX) cli(t *testing.T, command string) string {
	t.Helper()
	out, err := r.conn.Command(t.Context(), command)
	require.NoError(t, err)
	return out
}

// lastReload is when Asterisk last reloaded any module.
func (r realPBX) lastReload(t *testing.T) string {
	t.Helper()
	response, err := r.conn.Do(t.Context(), ami.Action{Name: "CoreStatus"})
	require.NoError(t, err)
	return response.Get("CoreReloadDate") + " " + response.Get("CoreReloadTime")
}

func TestAsteriskLoadsAnOrganizationAndLosesItAgain(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t, "")
	changes, err := r.ApplyConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	require.Len(t, changes, len(asterisk.Diff(asterisk.Config{}, organization("alpha"))))
	require.Contains(t, r.cli(t, "pjsip show endpoint alphau1"), "alpha-internal")
	require.Contains(t, r.cli(t, "pjsip show auth alphat1"), "a;b=c")
	require.Contains(t, r.cli(t, "pjsip show registration alphat1"), "sip:carrier@127.0.0.1:9")
	require.Contains(t, r.cli(t, "dialplan show 1001@alpha-internal"), "Dial(PJSIP/alphau1,20)")
	require.Contains(t, r.cli(t, "queue show alpha-600"), "PJSIP/alphau1")
	require.Contains(t, r.cli(t, "voicemail show users for alpha"), "One")
	require.Contains(t, r.cli(t, "dialplan show globals"), "LIMIT_alpha=5")

	planned, err := r.PlanConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	require.Empty(t, planned, "all that is shown is as it was written")

	_, err = r.Remove(t.Context(), "alpha")
	require.NoError(t, err)
	for _, command := range []string{
		"pjsip show endpoints", "pjsip show auths", "pjsip show aors", "pjsip show registrations", "pjsip show identifies",
		"dialplan show", "queue show", "voicemail show users",
	} {
		out, _ := r.conn.Command(t.Context(), command) // an empty list of mailboxes is an error
		require.NotContains(t, out, "alpha", command)
	}
	require.NotContains(t, r.cli(t, "dialplan show globals"), "alpha=5")
}

func TestAsteriskTakesEveryKindOfChange(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t, "")
	want := organization("alpha")
	_, err := r.ApplyConfig(t.Context(), want)
	require.NoError(t, err)
	for _, tc := range []struct{ name, kind, section, key, value string }{
		{"a caller id", asterisk.KindEndpoint, "alphau1", "callerid", `"Two, \"B\"" <1002>`},
		{"a flag", asterisk.KindEndpoint, "alphau1", "direct_media", "yes"},
		{"codecs", asterisk.KindEndpoint, "alphau1", "allow", "!all,alaw,ulaw"},
		{"a password", asterisk.KindAuth, "alphat1", "password", "n;e w=1"},
		{"a digest", asterisk.KindAuth, "alphau1", "md5_cred", "00000000000000000000000000000000"},
		{"an AOR", asterisk.KindAOR, "alphau1", "max_contacts", "1"},
		{"a contact", asterisk.KindAOR, "alphat1", "contact", "sip:127.0.0.1:10"},
		{"a registration", asterisk.KindRegistration, "alphat1", "expiration", "120"},
		{"an address", asterisk.KindIdentify, "alphat1", "match", "127.0.0.10"},
		{"a network", asterisk.KindIdentify, "alphat1", "match", "10.1.2.3/24"},
		{"an IPv6 address", asterisk.KindIdentify, "alphat1", "match", "2001:db8::1"},
		{"a host name", asterisk.KindIdentify, "alphat1", "match", "localhost"},
		{"a variable", asterisk.KindEndpoint, "alphau1", "set_var", "ORG=other"},
		{"a step", asterisk.KindContext, "alpha-internal", "exten", "1001,1,Set(X=$[1 + 2];${Y:1},(z))"},
		{"a pattern with a hint", asterisk.KindContext, "alpha-internal", "exten", "_[1-3,5]X.,hint,PJSIP/alphau1&PJSIP/alphat1"},
		{"an include", asterisk.KindContext, "alpha-internal", "include", "orgpbx-dids-001"},
		{"a strategy", asterisk.KindQueue, "alpha-600", "strategy", "linear"},
		{"a member", asterisk.KindQueue, "alpha-600", "member", "Local/1001@alpha-internal/n,7,One"},
		{"a length", asterisk.KindQueue, "alpha-600", "maxlen", "3"},
		{"a mailbox", asterisk.KindMailboxes, "alpha", "1001", "9876,Two,two@example.com,,attach=no"},
		{"a limit", asterisk.KindGlobals, "globals", "LIMIT_alpha", "6"},
		{"a limit that Asterisk expands", asterisk.KindGlobals, "globals", "LIMIT_alpha", "${STATUS_alpha}"},
	} {
		want = set(want, tc.kind, tc.section, tc.key, tc.value)
		changes, err := r.ApplyConfig(t.Context(), want)
		require.NoError(t, err, tc.name)
		require.Len(t, changes, 1, tc.name)
		planned, err := r.PlanConfig(t.Context(), want)
		require.NoError(t, err, tc.name)
		require.Empty(t, planned, tc.name)
	}
}

func TestALimitChangesInAsteriskWithoutAReload(t *testing.T) {
	t.Parallel()
	for name, general := range map[string]string{
		"by itself":                  "",
		"where a reload clears them": "[general](+)\nclearglobalvars = yes\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRealPBX(t, general)
			_, err := r.ApplyConfig(t.Context(), organization("alpha"))
			require.NoError(t, err)
			r.cli(t, "dialplan add extension 999,1,NoOp into by-hand") // a reload of the dialplan would take it away
			before := r.lastReload(t)

			_, err = r.ApplyConfig(t.Context(), set(organization("alpha"), asterisk.KindGlobals, "globals", "LIMIT_alpha", "0"))
			require.NoError(t, err)
			require.Contains(t, r.cli(t, "dialplan show globals"), "LIMIT_alpha=0")
			require.Contains(t, r.cli(t, "dialplan show by-hand"), "999")
			require.Equal(t, before, r.lastReload(t))

			r.cli(t, "dialplan reload")
			require.Contains(t, r.cli(t, "dialplan show globals"), "LIMIT_alpha=0", "the file says the same")
		})
	}
}

func TestAChangeOfAPhoneLeavesTheOtherModulesAlone(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t, "")
	_, err := r.ApplyConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	// A reload of the dialplan or of the queues would take these away.
	r.cli(t, "dialplan add extension 999,1,NoOp into by-hand")
	log := len(r.asterisk.Log())
	_, err = r.ApplyConfig(t.Context(), set(organization("alpha"), asterisk.KindEndpoint, "alphau1", "callerid", "Two <1002>"))
	require.NoError(t, err)
	require.Contains(t, r.cli(t, "dialplan show by-hand"), "999")
	require.NotContains(t, r.asterisk.Log()[log:], "app_queue", "it logs every reload of the queue rules")
	require.Contains(t, r.cli(t, "pjsip show endpoint alphau1"), "Two")
}

func TestAsteriskRejectsAnObjectAndKeepsWhatItHad(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t, "")
	for _, prefix := range []string{"alpha", "beta"} {
		_, err := r.ApplyConfig(t.Context(), organization(prefix))
		require.NoError(t, err)
	}
	files := hashes(t, r.dir)
	beta := r.objects(t, "beta")
	for _, tc := range []struct{ kind, section, key, value, reason string }{
		{asterisk.KindEndpoint, "alphau1", "dtmf_mode", "bogus", "Asterisk did not take the new dtmf_mode"},
		{asterisk.KindEndpoint, "alphau1", "allow", "!all,ulaw,bogus", "Asterisk did not take the new allow"},
		{asterisk.KindAuth, "alphau1", "auth_type", "bogus", "Asterisk did not take the new auth_type"},
		{asterisk.KindAOR, "alphau1", "max_contacts", "many", "Asterisk did not take the new max_contacts"},
		{asterisk.KindIdentify, "alphat1", "no_such_option", "1", "Asterisk did not take the new no_such_option"},
		{asterisk.KindContext, "alpha-internal", "exten", "1001,n(,Dial()", "Asterisk did not take the new extension 1001"},
		{asterisk.KindQueue, "alpha-600", "strategy", "bogus", "Asterisk did not take the new strategy"},
	} {
		_, err := r.ApplyConfig(t.Context(), set(organization("alpha"), tc.kind, tc.section, tc.key, tc.value))
		var rejected *resource.RejectedError
		require.ErrorAs(t, err, &rejected, tc.key)
		require.Equal(t, resource.RejectedError{Object: tc.kind, Name: tc.section, Reason: tc.reason}, *rejected)

		require.Equal(t, files, hashes(t, r.dir), tc.key)
		require.Equal(t, beta, r.objects(t, "beta"), tc.key)
		for _, prefix := range []string{"alpha", "beta"} {
			planned, err := r.PlanConfig(t.Context(), organization(prefix))
			require.NoError(t, err)
			require.Empty(t, planned, tc.key)
		}
	}
}

func TestATrunkWhoseHostDoesNotResolveIsRejected(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t, "")
	_, err := r.ApplyConfig(t.Context(), set(organization("alpha"), asterisk.KindIdentify, "alphat1", "match", "nowhere.invalid"))
	var rejected *resource.RejectedError
	require.ErrorAs(t, err, &rejected)
	require.Equal(t, resource.RejectedError{
		Object: "identify", Name: "alphat1", Reason: "Asterisk did not load it: its address may not resolve",
	}, *rejected)
	require.Contains(t, r.cli(t, "pjsip show endpoint alphau1"), "Unable to find object", "all of the change is taken back")
}

// objects is all that Asterisk shows of an organisation and that no reload
// changes.
func (r realPBX) objects(t *testing.T, prefix string) string {
	t.Helper()
	var shown strings.Builder
	for _, command := range []string{
		"pjsip show endpoint " + prefix + "u1", "pjsip show auth " + prefix + "t1", "pjsip show aor " + prefix + "u1",
		"pjsip show identify " + prefix + "t1", "dialplan show " + prefix + "-internal", "voicemail show users for " + prefix,
	} {
		shown.WriteString(r.cli(t, command))
	}
	// Asterisk counts lines through all the files of a glob.
	return regexp.MustCompile(`\.conf:\d+`).ReplaceAllString(shown.String(), ".conf")
}

func TestTwoOrganizationsLiveSideBySide(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t, "")
	for _, prefix := range []string{"alpha", "beta"} {
		_, err := r.ApplyConfig(t.Context(), organization(prefix))
		require.NoError(t, err)
	}
	beta := r.objects(t, "beta")
	_, err := r.ApplyConfig(t.Context(), set(organization("alpha"), asterisk.KindEndpoint, "alphau1", "callerid", "Two <1002>"))
	require.NoError(t, err)
	require.Equal(t, beta, r.objects(t, "beta"))
	_, err = r.Remove(t.Context(), "alpha")
	require.NoError(t, err)
	require.Equal(t, beta, r.objects(t, "beta"))
	planned, err := r.PlanConfig(t.Context(), organization("beta"))
	require.NoError(t, err)
	require.Empty(t, planned)
}

func TestSeveralProcessesApplyToOneAsterisk(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t, "")
	prefixes := []string{"aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff"}
	var processes sync.WaitGroup
	errs := make(chan error, len(prefixes))
	for _, prefix := range prefixes {
		p := newPBX(t, r.dir, r.conn)
		processes.Go(func() {
			_, err := p.ApplyConfig(t.Context(), organization(prefix))
			errs <- err
		})
	}
	processes.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	for _, prefix := range prefixes {
		planned, err := r.PlanConfig(t.Context(), organization(prefix))
		require.NoError(t, err)
		require.Empty(t, planned)
	}
}

func TestAsteriskThatRestartsReadsTheSame(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t, "")
	_, err := r.ApplyConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	r.asterisk.Kill()
	_, err = r.ApplyConfig(t.Context(), organization("alpha"))
	require.ErrorIs(t, err, resource.ErrPBXUnavailable)
	r.asterisk.Boot()
	require.NoError(t, r.limited.Ready(t.Context()))
	planned, err := r.PlanConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	require.Empty(t, planned)
}
