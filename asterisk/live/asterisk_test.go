package live_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/asterisk/confdir"
	"github.com/orgpbx/orgpbx/asterisk/live"
	"github.com/orgpbx/orgpbx/resource"
)

// realPBX is an Asterisk with a PBX connected to it.
type realPBX struct {
	*live.PBX
	asterisk *asterisktest.Asterisk
	conn     *ami.Conn
}

func newRealPBX(tb testing.TB) realPBX {
	tb.Helper()
	a := asterisktest.Start(tb, asterisktest.Options{Files: operatorFiles()})
	conn := connect(tb, a)
	return realPBX{newPBX(tb, conn), a, conn}
}

func (r realPBX) cli(t *testing.T, command string) string {
	t.Helper()
	out, err := r.asterisk.CLI(t.Context(), command)
	require.NoError(t, err)
	return out
}

func (r realPBX) requireApplied(t *testing.T, c asterisk.Config, message ...any) {
	t.Helper()
	_, err := r.ApplyConfig(t.Context(), c)
	require.NoError(t, err, message...)
	planned, err := r.PlanConfig(t.Context(), c)
	require.NoError(t, err, message...)
	require.Empty(t, planned, message...)
}

func TestAsteriskTakesEveryKindOfChangeWithoutReloadingPJSIP(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t)
	// More than fits into one action of the manager interface.
	want := organization("alpha", 1, 40)
	r.requireApplied(t, want)
	require.Regexp(t, `allow +: \(ulaw\|alaw\)`, r.cli(t, "pjsip show endpoint alpha-p0"))
	require.Contains(t, r.cli(t, "pjsip show auth alpha-trunk"), "a;b=c")
	require.Contains(t, r.cli(t, "dialplan show 1039@alpha-internal"), "Dial(PJSIP/alpha-p39,20)")

	for _, tc := range []struct{ name, kind, section, key, value string }{
		{"a caller id", asterisk.KindEndpoint, "alpha-p0", "callerid", `"Zoë, \"B\"" <1002>`},
		{"codecs", asterisk.KindEndpoint, "alpha-p0", "allow", "alaw,ulaw"},
		{"a password", asterisk.KindAuth, "alpha-trunk", "password", "n;e w=1"},
		{"a contact", asterisk.KindAOR, "alpha-trunk", "contact", "sip:127.0.0.1:10"},
		{"a registration", asterisk.KindRegistration, "alpha-trunk", "expiration", "120"},
		{"an address", asterisk.KindIdentify, "alpha-trunk", "match", "2001:db8::1"},
		{"a network", asterisk.KindIdentify, "alpha-trunk", "match", "10.1.2.3/24"},
		{"a step with everything", asterisk.KindContext, "alpha-internal", "exten", "1000,1,Set(X=$[1 + 2];${Y:1},(z))"},
		{"a strategy", asterisk.KindQueue, "alpha-600", "strategy", "linear"},
		{"a member", asterisk.KindQueue, "alpha-600", "member", "PJSIP/alpha-p1,7,One"},
		{"a mailbox", asterisk.KindMailboxes, "alpha", "1000", "-closed,Two"},
		{"a limit", asterisk.KindGlobals, "globals", "ORGPBX_alpha_CALLS", "6"},
		{"a limit that Asterisk expands", asterisk.KindGlobals, "globals", "ORGPBX_alpha_CALLS", "${ORGPBX_alpha_STATUS}"},
	} {
		want = set(want, tc.kind, tc.section, tc.key, tc.value)
		changes, err := r.ApplyConfig(t.Context(), want)
		require.NoError(t, err, tc.name)
		require.Len(t, changes, 1, tc.name)
		planned, err := r.PlanConfig(t.Context(), want)
		require.NoError(t, err, tc.name)
		require.Empty(t, planned, tc.name)
	}
	// What res_pjsip says whenever it is reloaded.
	require.NotContains(t, r.asterisk.Log(), "is not reloadable")
}

func TestAsteriskRejectsAnObjectAndKeepsWhatItHad(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t)
	r.requireApplied(t, organization("alpha", 1, 2))
	r.requireApplied(t, organization("beta", 2, 2))
	for _, tc := range []struct{ kind, section, key, value string }{
		{asterisk.KindEndpoint, "alpha-p0", "dtmf_mode", "bogus"},
		{asterisk.KindEndpoint, "alpha-p0", "allow", "ulaw,bogus"},
		{asterisk.KindAuth, "alpha-p0", "auth_type", "bogus"},
		{asterisk.KindAOR, "alpha-p0", "max_contacts", "many"},
		{asterisk.KindIdentify, "alpha-trunk", "no_such_option", "1"},
		{asterisk.KindRegistration, "alpha-trunk", "server_uri", "bogus"},
		{asterisk.KindEndpoint, "alpha-p0", "callerid", strings.Repeat("x", 1000)},
		{asterisk.KindContext, "alpha-internal", "exten", "1009,n(,Dial()"},
		{asterisk.KindContext, "alpha-internal", "exten", "1001,1,NoOp(" + strings.Repeat("x", 1000) + ")"},
		{asterisk.KindQueue, "alpha-600", "strategy", "bogus"},
	} {
		// Something of every file changes with it.
		bad := set(organization("alpha", 1, 3), tc.kind, tc.section, tc.key, tc.value)
		_, err := r.ApplyConfig(t.Context(), bad)
		var rejected *resource.RejectedError
		require.ErrorAs(t, err, &rejected, tc.key)
		require.Equal(t, tc.kind, rejected.Object)
		require.Equal(t, tc.section, rejected.Name)
		require.NotContains(t, rejected.Reason, tc.value)

		require.Contains(t, r.cli(t, "pjsip show endpoint alpha-p2"), "Unable to find object", tc.key)
		for i, prefix := range []string{"alpha", "beta"} {
			planned, err := r.PlanConfig(t.Context(), organization(prefix, i+1, 2))
			require.NoError(t, err, tc.key)
			require.Empty(t, planned, tc.key)
		}
	}
}

// TestAFirstDeployThatIsRefusedIsTakenBack while others share its reload of the
// queues: neither waits for it for ever, nor loses anything.
func TestAFirstDeployThatIsRefusedIsTakenBack(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t)
	wanted := func(i int) asterisk.Config { return organization(fmt.Sprintf("org%d", i), i, 2) }
	bad := []asterisk.Config{
		set(wanted(0), asterisk.KindEndpoint, "org0-p1", "dtmf_mode", "bogus"), // before the queues are written
		set(wanted(1), asterisk.KindQueue, "org1-600", "strategy", "bogus"),    // after that
		set(wanted(2), asterisk.KindContext, "org2-internal", "exten", "1009,n(,Dial()"),
	}
	const organizations = 6
	errs := make([]error, organizations)
	var all sync.WaitGroup
	for i := range organizations {
		to := wanted(i)
		if i < len(bad) {
			to = bad[i]
		}
		all.Go(func() { _, errs[i] = r.ApplyConfig(t.Context(), to) })
	}
	all.Wait()
	for i, err := range errs {
		prefix := fmt.Sprintf("org%d", i)
		if i >= len(bad) {
			require.NoError(t, err, prefix)
			r.requireApplied(t, wanted(i), prefix)
			continue
		}
		var rejected *resource.RejectedError
		require.ErrorAs(t, err, &rejected, prefix)
		for _, command := range []string{
			"pjsip show endpoints", "pjsip show auths", "pjsip show aors", "pjsip show registrations", "dialplan show", "queue show",
			"voicemail show users", "database show ps",
		} {
			require.NotContains(t, r.cli(t, command), prefix, command)
		}
		planned, err := r.PlanConfig(t.Context(), asterisk.Config{Prefix: prefix})
		require.NoError(t, err)
		require.Empty(t, planned, prefix)
	}
	for i := range bad {
		r.requireApplied(t, wanted(i), "and it can come again")
	}
}

// cutConn loses its connection after some actions.
type cutConn struct {
	confdir.AMI
	left int
}

func (c *cutConn) lost() error {
	c.left--
	if c.left < 0 {
		return fmt.Errorf("%w: cut", ami.ErrNotConnected)
	}
	return nil
}

func (c *cutConn) Do(ctx context.Context, a ami.Action) (ami.Response, error) {
	if err := c.lost(); err != nil {
		return ami.Response{}, err
	}
	return c.AMI.Do(ctx, a)
}

func (c *cutConn) List(ctx context.Context, a ami.Action) ([]ami.Event, error) {
	if err := c.lost(); err != nil {
		return nil, err
	}
	return c.AMI.List(ctx, a)
}

func (c *cutConn) Command(ctx context.Context, cli string) (string, error) {
	if err := c.lost(); err != nil {
		return "", err
	}
	return c.AMI.Command(ctx, cli)
}

func TestAChangeThatWasCutOffAnywhereIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t)
	editions := []asterisk.Config{organization("alpha", 1, 1), {Prefix: "alpha"}}
	r.requireApplied(t, organization("beta", 2, 1))
	r.requireApplied(t, editions[0])
	for actions := 0; ; actions++ {
		to := editions[(actions+1)%2]
		p, err := live.New(live.Config{AMI: &cutConn{r.conn, actions}})
		require.NoError(t, err)
		_, err = p.ApplyConfig(t.Context(), to)
		if err != nil {
			require.ErrorIs(t, err, resource.ErrPBXUnavailable)
		}
		r.requireApplied(t, to, actions)
		require.Equal(t, actions%2 == 1, strings.Contains(r.cli(t, "dialplan show alpha-internal"), "alpha-p0"), actions)
		require.Equal(t, actions%2 == 1, strings.Contains(r.cli(t, "queue show"), "alpha-600"), actions)
		require.Equal(t, actions%2 == 1, strings.Contains(r.cli(t, "pjsip show registrations"), "alpha-trunk"), actions)
		if err == nil && actions%2 == 1 {
			break
		}
	}
	planned, err := r.PlanConfig(t.Context(), organization("beta", 2, 1))
	require.NoError(t, err)
	require.Empty(t, planned)
}

func TestWhatIsLostOrAlteredBehindOurBackIsPlannedAndComesBack(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t)
	want := organization("alpha", 1, 2)
	r.requireApplied(t, want)
	for _, tc := range []struct {
		command string
		change  resource.Change
	}{
		{"database del ps/endpoint alpha-p0", resource.Change{Action: resource.Add, Object: "endpoint", Name: "alpha-p0"}},
		{`database put ps/aor alpha-p0 {"max_contacts":"9"}`, resource.Change{Action: resource.Modify, Object: "aor", Name: "alpha-p0"}},
		{"database put ps/auth alpha-p0 nonsense", resource.Change{Action: resource.Modify, Object: "auth", Name: "alpha-p0"}},
		{`database put ps/aor alpha-stray {"max_contacts":"9"}`, resource.Change{Action: resource.Delete, Object: "aor", Name: "alpha-stray"}},
		{"dialplan remove context alpha-internal", resource.Change{Action: resource.Add, Object: "context", Name: "alpha-internal"}},
		{"dialplan set global ORGPBX_alpha_CALLS 99", resource.Change{Action: resource.Modify, Object: "global", Name: "ORGPBX_alpha_CALLS"}},
	} {
		r.cli(t, tc.command)
		planned, err := r.PlanConfig(t.Context(), want)
		require.NoError(t, err, tc.command)
		require.Equal(t, []resource.Change{tc.change}, planned, tc.command)
		changes, err := r.ApplyConfig(t.Context(), want)
		require.NoError(t, err, tc.command)
		require.Equal(t, planned, changes, tc.command)
		r.requireApplied(t, want, tc.command)
	}
}

// knownHosts is a resolver that knows some hosts.
type knownHosts map[string][]netip.Addr

func (k knownHosts) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if found, ok := k[host]; ok {
		return found, nil
	}
	return nil, fmt.Errorf("no such host")
}

func TestATrunkIsKnownByTheAddressesOfItsHost(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t)
	p, err := live.New(live.Config{AMI: r.conn, Resolver: knownHosts{
		"sip.carrier.example": {netip.MustParseAddr("198.51.100.8"), netip.MustParseAddr("198.51.100.7")},
	}})
	require.NoError(t, err)
	want := set(organization("alpha", 1, 1), asterisk.KindIdentify, "alpha-trunk", "match", "sip.carrier.example")
	_, err = p.ApplyConfig(t.Context(), want)
	require.NoError(t, err)
	shown := r.cli(t, "pjsip show identify alpha-trunk")
	require.Contains(t, shown, "198.51.100.7")
	require.Contains(t, shown, "198.51.100.8")
	planned, err := p.PlanConfig(t.Context(), want)
	require.NoError(t, err)
	require.Empty(t, planned)

	_, err = p.ApplyConfig(t.Context(), set(want, asterisk.KindIdentify, "alpha-trunk", "match", "nowhere.example"))
	var rejected *resource.RejectedError
	require.ErrorAs(t, err, &rejected)
	require.Equal(t, "its address does not resolve", rejected.Reason)
	require.Contains(t, r.cli(t, "pjsip show identify alpha-trunk"), "198.51.100.7")
}

func TestATrunkThatIsTakenAwayIsUnregisteredAndNotAskedAnyMore(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t)
	carrier := asterisktest.NewCarrier(t, asterisktest.CarrierOptions{Username: "carrier", Password: "a;b=c"})
	want := set(organization("alpha", 1, 1), asterisk.KindRegistration, "alpha-trunk", "server_uri", "sip:"+carrier.Addr())
	want = set(want, asterisk.KindRegistration, "alpha-trunk", "client_uri", "sip:carrier@"+carrier.Addr())
	r.requireApplied(t, want)
	registered, err := carrier.WaitRegistration(t.Context())
	require.NoError(t, err, "without a reload")
	require.Equal(t, 3600, registered.Seconds)
	require.Contains(t, r.cli(t, "pjsip show contacts"), "alpha-trunk/sip:127.0.0.1:9", "its contact is asked")

	r.requireApplied(t, asterisk.Config{Prefix: "alpha"})
	ended, err := carrier.WaitRegistration(t.Context())
	require.NoError(t, err)
	require.Zero(t, ended.Seconds)
	require.NotContains(t, r.cli(t, "pjsip show scheduled_tasks"), "alpha-trunk")
	require.NotContains(t, r.cli(t, "pjsip show contacts"), "alpha-trunk")
}

func TestOrganisationsThatComeTogetherShareReloadsAndAllWork(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t)
	group, ctx := errgroup.WithContext(t.Context())
	const organizations = 12
	wanted := func(i, phones int) asterisk.Config { return organization(fmt.Sprintf("org%d", i), i, phones) }
	for i := range organizations {
		group.Go(func() error {
			for _, phones := range []int{2, 3} { // made, and changed
				if _, err := r.ApplyConfig(ctx, wanted(i, phones)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
	for i := range organizations {
		planned, err := r.PlanConfig(t.Context(), wanted(i, 3))
		require.NoError(t, err)
		require.Empty(t, planned)
	}
	// What is running is what the files say.
	for _, module := range []string{"app_queue.so", "app_voicemail.so", "pbx_config.so"} {
		r.cli(t, "module reload "+module)
	}
	for i := range organizations {
		require.Eventually(t, func() bool {
			planned, err := r.PlanConfig(t.Context(), wanted(i, 3))
			return err == nil && len(planned) == 0
		}, time.Minute, 20*time.Millisecond)
	}
}
