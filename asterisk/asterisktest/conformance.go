package asterisktest

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// Backend is a PBX backend that [RunPBX] can try.
type Backend struct {
	// Files is what the operator of an Asterisk has set up for the backend, as
	// in [Options].
	Files map[string]string
	// Open returns the backend, connected to an Asterisk that was started with
	// Files. What it holds ends with the test. It must reconnect by itself when
	// that Asterisk is booted again.
	Open func(t *testing.T, a *Asterisk) resource.PBX
}

// away is the time that a backend has for noticing that Asterisk is there
// again, and callPatience that a call has.
const (
	away         = 30 * time.Second
	callPatience = 30 * time.Second
)

// RunPBX tries the promises of [resource.PBX] on a real Asterisk. newBackend is
// called once for each Asterisk that is started; what it makes must not be
// shared between them.
func RunPBX(t *testing.T, newBackend func(t *testing.T) Backend) {
	t.Helper()
	for name, test := range map[string]func(*trial, *testing.T){
		"an organisation goes live, changes and goes":  (*trial).oneOrganization,
		"organisations do not touch each other":        (*trial).twoOrganizations,
		"what is refused is taken back":                (*trial).refused,
		"what Asterisk lost is seen and comes back":    (*trial).drift,
		"an Asterisk that is away or restarts is fine": (*trial).restart,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			backend := newBackend(t)
			a := Start(t, Options{Files: backend.Files})
			test(&trial{Asterisk: a, pbx: backend.Open(t, a)}, t)
		})
	}
}

// trial is one Asterisk and the backend under test.
type trial struct {
	*Asterisk
	pbx resource.PBX
}

func (r *trial) oneOrganization(t *testing.T) {
	alpha := newTenant(t, "alpha", 1)
	r.requirePlanTouchesNothing(t, alpha)
	r.requireApplyDoesWhatWasPlanned(t, alpha)
	r.requireCalls(t, alpha)
	r.requireTrunkIsSeen(t, alpha)
	r.requireUnchanged(t, alpha)
	r.requireStatusIsObeyedAtOnce(t, alpha)
	r.requireUserCanBeAddedAndTakenAway(t, alpha)
	r.requireRemoveLeavesNothing(t, alpha)
}

func (r *trial) requirePlanTouchesNothing(t *testing.T, n *tenant) {
	before := r.everything(t)
	planned, err := r.pbx.Plan(t.Context(), n.Snapshot)
	require.NoError(t, err)
	require.NotEmpty(t, planned)
	for _, c := range planned {
		require.Equal(t, resource.Add, c.Action, c)
	}
	require.Equal(t, before, r.everything(t), "a plan changes nothing")
}

func (r *trial) requireApplyDoesWhatWasPlanned(t *testing.T, n *tenant) {
	planned, err := r.pbx.Plan(t.Context(), n.Snapshot)
	require.NoError(t, err)
	changes, err := r.pbx.Apply(t.Context(), n.Snapshot)
	require.NoError(t, err)
	require.ElementsMatch(t, planned, changes)
}

func (r *trial) requireUnchanged(t *testing.T, tenants ...*tenant) {
	t.Helper()
	for _, n := range tenants {
		planned, err := r.pbx.Plan(t.Context(), n.Snapshot)
		require.NoError(t, err)
		require.Empty(t, planned)
		before := r.objects(t, n)
		changes, err := r.pbx.Apply(t.Context(), n.Snapshot)
		require.NoError(t, err)
		require.Empty(t, changes)
		require.Equal(t, before, r.objects(t, n))
	}
}

// requireCalls has the phones of an organisation call each other, its queue and
// the public network, and be called from there.
func (r *trial) requireCalls(t *testing.T, n *tenant) {
	t.Helper()
	registered, err := n.carrier.WaitRegistration(patience(t))
	require.NoError(t, err)
	require.Equal(t, trunkAccount, registered.AOR)

	first, second := n.phone(t, r.Asterisk, firstExtension), n.phone(t, r.Asterisk, secondExtension)
	for _, try := range []struct {
		number string
		from   *Phone
		to     interface {
			WaitIncoming(ctx context.Context) (*Call, error)
		}
	}{
		{secondExtension, first, second},
		{queueNumber, first, second},
		{"9123456", second, n.carrier},
	} {
		call, err := try.from.Call(patience(t), try.number)
		require.NoError(t, err)
		require.True(t, call.Answered(), "%s: %d", try.number, call.StatusCode())
		_, err = try.to.WaitIncoming(patience(t))
		require.NoError(t, err, try.number)
		require.NoError(t, call.Hangup(patience(t)))
	}

	call, err := n.carrier.Call(patience(t), r.SIPAddr(), InboundCall{From: "+15557654321", To: n.did})
	require.NoError(t, err)
	require.True(t, call.Answered(), "%d", call.StatusCode())
	_, err = first.WaitIncoming(patience(t))
	require.NoError(t, err)
	require.NoError(t, call.Hangup(patience(t)))
	// A queue rings one phone of a user: the next ones shall be the only ones.
	require.NoError(t, first.Unregister(patience(t)))
	require.NoError(t, second.Unregister(patience(t)))
}

// requireTrunkIsSeen waits until a backend that can tell says that the trunk is
// registered.
func (r *trial) requireTrunkIsSeen(t *testing.T, n *tenant) {
	t.Helper()
	watcher, can := r.pbx.(resource.TrunkWatcher)
	if !can {
		return
	}
	require.Eventually(t, func() bool {
		states, err := watcher.TrunkStates(t.Context(), n.Snapshot)
		return err == nil && states[n.Trunks[0].ID].Line == resource.LineRegistered
	}, callPatience, 100*time.Millisecond)
}

// requireStatusIsObeyedAtOnce suspends an organisation, and lets it go on.
func (r *trial) requireStatusIsObeyedAtOnce(t *testing.T, n *tenant) {
	first := n.phone(t, r.Asterisk, firstExtension)
	n.phone(t, r.Asterisk, secondExtension)
	// A reload of the dialplan would take this away.
	r.cli(t, "dialplan add extension 999,1,NoOp into by-hand")
	for _, step := range []struct {
		status org.Status
		answer int
	}{{org.Suspended, 403}, {org.Active, 200}} {
		n.Organization.Status = step.status
		changes, err := r.pbx.Apply(t.Context(), n.Snapshot)
		require.NoError(t, err)
		require.NotEmpty(t, changes)
		for _, change := range changes {
			require.Equal(t, "global", change.Object, "no dialplan changes")
		}
		call, err := first.Call(patience(t), secondExtension)
		require.NoError(t, err)
		require.Equal(t, step.answer, call.StatusCode())
		require.NoError(t, call.Hangup(patience(t)))
	}
	require.Contains(t, r.cli(t, "dialplan show by-hand"), "'999'", "status needs no reload")
}

func (r *trial) requireUserCanBeAddedAndTakenAway(t *testing.T, n *tenant) {
	first, before := n.phone(t, r.Asterisk, firstExtension), n.Users
	meta := before[0].Meta
	meta.ID = strings.Replace(meta.ID, "8000", "8001", 1)
	n.Users = append(slices.Clone(before), newUser(meta, n.prefix, "1003", "Third"))
	_, err := r.pbx.Apply(t.Context(), n.Snapshot)
	require.NoError(t, err)
	third := n.phone(t, r.Asterisk, "1003")
	call, err := first.Call(patience(t), "1003")
	require.NoError(t, err)
	require.True(t, call.Answered())
	require.NoError(t, call.Hangup(patience(t)))

	n.Users = before
	_, err = r.pbx.Apply(t.Context(), n.Snapshot)
	require.NoError(t, err)
	var refused *StatusError
	require.ErrorAs(t, third.Register(patience(t)), &refused, "a user who is gone cannot register")
	call, err = first.Call(patience(t), "1003")
	require.NoError(t, err)
	require.Equal(t, 404, call.StatusCode())
}

func (r *trial) requireRemoveLeavesNothing(t *testing.T, n *tenant) {
	switches := func() (all string) {
		for _, family := range []string{"orgpbx-" + n.prefix, "CustomDevstate"} {
			shown, err := r.CLI(t.Context(), "database show "+family)
			require.NoError(t, err)
			all += shown
		}
		return all
	}
	call, err := n.phone(t, r.Asterisk, firstExtension).Call(patience(t), "*78")
	require.NoError(t, err)
	require.True(t, call.Answered(), "do not disturb")
	require.NoError(t, call.WaitDone(patience(t)))
	require.Contains(t, switches(), n.prefix)

	changes, err := r.pbx.Remove(t.Context(), n.prefix)
	require.NoError(t, err)
	require.NotEmpty(t, changes)
	for _, c := range changes {
		require.Equal(t, resource.Delete, c.Action, c)
	}
	require.NotContains(t, r.everything(t), n.prefix)
	require.NotContains(t, switches(), n.prefix+"-")

	changes, err = r.pbx.Remove(t.Context(), n.prefix)
	require.NoError(t, err, "there is nothing to remove")
	require.Empty(t, changes)
	r.requireApplyDoesWhatWasPlanned(t, n)
	r.requireUnchanged(t, n)
}

func (r *trial) twoOrganizations(t *testing.T) {
	alpha, beta := newTenant(t, "alpha", 1), newTenant(t, "beta", 2)
	var both sync.WaitGroup
	errs := make([]error, 2)
	for i, n := range []*tenant{alpha, beta} {
		both.Go(func() { _, errs[i] = r.pbx.Apply(t.Context(), n.Snapshot) })
	}
	both.Wait()
	require.Equal(t, []error{nil, nil}, errs, "two go live at the same time")
	r.requireUnchanged(t, alpha, beta)
	r.requireCalls(t, beta)
	before := r.objects(t, beta)

	for _, step := range []struct {
		name string
		edit func()
	}{
		{"a name", func() { alpha.Users[0].FullName = "Somebody Else" }},
		{"a queue", func() { alpha.Queues[0].Strategy = resource.Linear }},
		{"a trunk", func() { alpha.Trunks[0].Expiration = 1200 }},
		{"a limit", func() { alpha.Organization.Limits.ConcurrentCalls = limits.AtMost(1) }},
		{"a DID", func() { alpha.DIDs[0].Routing = resource.Destination{Type: resource.ToQueue, Number: queueNumber} }},
		{"no phone", func() { alpha.Users, alpha.Queues, alpha.DIDs = nil, nil, nil }},
	} {
		step.edit()
		changes, err := r.pbx.Apply(t.Context(), alpha.Snapshot)
		require.NoError(t, err, step.name)
		require.NotEmpty(t, changes, step.name)
		require.Equal(t, before, r.objects(t, beta), step.name)
	}
	_, err := r.pbx.Remove(t.Context(), alpha.prefix)
	require.NoError(t, err)
	require.Equal(t, before, r.objects(t, beta))
	r.requireUnchanged(t, beta)
}

func (r *trial) refused(t *testing.T) {
	alpha := newTenant(t, "alpha", 1)
	r.requireApplyDoesWhatWasPlanned(t, alpha)
	before := r.everything(t)

	bad := alpha.Snapshot
	bad.Users = slices.Clone(alpha.Users)
	bad.Users[0].FullName = "Somebody Else"
	bad.Queues = nil
	bad.Trunks = append(slices.Clone(alpha.Trunks), resource.Trunk{
		Meta: resource.Meta{ID: "0198f2a0-0000-7000-8000-0000000000ff"}, Name: "Nowhere", Type: resource.PeerToPeerTrunk,
		Host: "nowhere.invalid", Port: 5060, Transport: resource.UDP, MaxChannels: limits.Unlimited(),
	})
	_, err := r.pbx.Apply(t.Context(), bad)
	var rejected *resource.RejectedError
	require.ErrorAs(t, err, &rejected)
	require.Equal(t, "identify", rejected.Object)
	require.NotContains(t, err.Error(), trunkPassword)
	require.Equal(t, before, r.everything(t))
	r.requireUnchanged(t, alpha)
	r.requireCalls(t, alpha)
}

func (r *trial) drift(t *testing.T) {
	alpha := newTenant(t, "alpha", 1)
	r.requireApplyDoesWhatWasPlanned(t, alpha)
	before := r.objects(t, alpha)
	r.cli(t, "dialplan remove context alpha-internal")

	lost := []resource.Change{{Action: resource.Add, Object: "context", Name: "alpha-internal"}}
	planned, err := r.pbx.Plan(t.Context(), alpha.Snapshot)
	require.NoError(t, err)
	require.Equal(t, lost, planned)
	changes, err := r.pbx.Apply(t.Context(), alpha.Snapshot)
	require.NoError(t, err)
	require.Equal(t, lost, changes)
	require.Equal(t, before, r.objects(t, alpha))
	r.requireUnchanged(t, alpha)
}

func (r *trial) restart(t *testing.T) {
	alpha := newTenant(t, "alpha", 1)
	r.requireApplyDoesWhatWasPlanned(t, alpha)
	r.requireCalls(t, alpha)
	before := r.objects(t, alpha)
	r.Stop()

	changed := alpha.Snapshot
	changed.Queues = nil
	for _, ask := range []func(context.Context, resource.Snapshot) ([]resource.Change, error){r.pbx.Apply, r.pbx.Plan} {
		changes, err := ask(t.Context(), changed)
		require.ErrorIs(t, err, resource.ErrPBXUnavailable)
		require.Empty(t, changes)
	}
	_, err := r.pbx.Remove(t.Context(), alpha.prefix)
	require.ErrorIs(t, err, resource.ErrPBXUnavailable)

	r.Boot()
	require.Eventually(t, func() bool {
		_, err := r.pbx.Plan(t.Context(), alpha.Snapshot)
		return err == nil
	}, away, 50*time.Millisecond)
	require.Equal(t, before, r.objects(t, alpha), "Asterisk has kept all of it, and nothing was changed while it was away")
	r.requireUnchanged(t, alpha)
	r.requireCalls(t, alpha)
}

// objects is all that Asterisk shows of an organisation and that calls,
// registrations and time do not change.
func (r *trial) objects(t *testing.T, n *tenant) string {
	t.Helper()
	var shown strings.Builder
	for _, kind := range []string{"endpoint", "auth", "aor", "identify", "registration"} {
		for _, name := range r.pjsipNames(t, kind, n.prefix) {
			_, parameters, _ := strings.Cut(r.cli(t, "pjsip show "+kind+" "+name), "ParameterName")
			shown.WriteString(kind + " " + name + parameters)
		}
	}
	for _, context := range []string{"phones", "internal", "inbound", "outbound"} {
		shown.WriteString(withoutOrigin(r.cli(t, "dialplan show "+n.prefix+"-"+context)))
	}
	did := strings.TrimPrefix(n.did, "+")
	shown.WriteString(withoutOrigin(r.cli(t, "dialplan show "+did+"@orgpbx-dids-"+did[len(did)-3:])))
	shown.WriteString(queueSettings(r.cli(t, "queue show "+n.prefix+"-"+queueNumber)))
	shown.WriteString(r.cli(t, "voicemail show users for "+n.prefix))
	shown.WriteString(strings.Join(linesWith(r.cli(t, "dialplan show globals"), "ORGPBX_"+n.prefix+"_"), "\n"))
	// Asterisk counts lines through all the files of a glob, and phones have
	// contacts in their AOR while they are registered.
	text := regexp.MustCompile(`\.conf:\d+`).ReplaceAllString(shown.String(), ".conf")
	return regexp.MustCompile(`(?m)^ contact +: sip:.*-phone.*$`).ReplaceAllString(text, "")
}

// origin is where a step came from: a file, or a manager action that did what
// the file says.
var origin = regexp.MustCompile(`(?m)[ \t]+\[(pbx_config|[^\s\[\]]*\.conf[^\]]*)\].*$`)

// withoutOrigin is what "dialplan show" prints but for that.
func withoutOrigin(shown string) string { return origin.ReplaceAllString(shown, "") }

// queueSettings is what "queue show" prints without what calls and phones
// change: its first word, the strategy and the members.
func queueSettings(shown string) string {
	return strings.Join(regexp.MustCompile(`'\w+' strategy|PJSIP/\S+\)|penalty \d+`).FindAllString(shown, -1), "\n")
}

// everything is the names of all that Asterisk has.
func (r *trial) everything(t *testing.T) string {
	t.Helper()
	var shown strings.Builder
	for _, kind := range []string{"endpoint", "auth", "aor", "identify", "registration"} {
		shown.WriteString(strings.Join(r.pjsipNames(t, kind, ""), "\n"))
	}
	shown.WriteString(strings.Join(linesWith(withoutOrigin(r.cli(t, "dialplan show")), "Context '", "=>"), "\n"))
	shown.WriteString(strings.Join(linesWith(r.cli(t, "queue show"), "strategy"), "\n"))
	shown.WriteString(r.cli(t, "voicemail show users"))
	// A reload moves lines, and makes res_parking call itself otherwise.
	return regexp.MustCompile(`(\.conf):\d+|(res_parking)/default| created by '[^']*'`).ReplaceAllString(shown.String(), "$1$2")
}

// pjsipNames lists the PJSIP objects of a kind whose names begin with a prefix.
func (r *trial) pjsipNames(t *testing.T, kind, prefix string) []string {
	t.Helper()
	plural := map[string]string{"identify": "identifies"}[kind]
	if plural == "" {
		plural = kind + "s"
	}
	label := map[string]string{"aor": "Aor", "endpoint": "Endpoint", "auth": "I?n?O?u?t?Auth", "identify": "Identify", "registration": ""}[kind]
	pattern := regexp.MustCompile(`(?m)^ *` + label + `:? +(` + regexp.QuoteMeta(prefix) + `[a-z0-9]*-[^/\s]+)`)
	var names []string
	for _, found := range pattern.FindAllStringSubmatch(r.cli(t, "pjsip show "+plural), -1) {
		names = append(names, found[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func linesWith(text string, parts ...string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if slices.ContainsFunc(parts, func(s string) bool { return strings.Contains(line, s) }) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	slices.Sort(lines)
	return lines
}

func (r *trial) cli(t *testing.T, command string) string {
	t.Helper()
	out, err := r.CLI(patience(t), command)
	require.NoError(t, err)
	return out
}

// patience is a context that bounds a broken call.
func patience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), callPatience)
	t.Cleanup(cancel)
	return ctx
}
