package fleet_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/asterisk/fleet"
	"github.com/orgpbx/orgpbx/asterisk/live"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// node is a real Asterisk with a PBX connected to it.
type node struct {
	*live.PBX
	asterisk *asterisktest.Asterisk
	conn     *ami.Conn
}

func newNode(t *testing.T) node {
	t.Helper()
	a := asterisktest.Start(t, asterisktest.Options{Files: map[string]string{"orgpbx/README": "Generated files.\n"}})
	conn, err := ami.New(ami.Config{
		Addr: a.AMI().Addr, Username: a.AMI().Username, Secret: a.AMI().Secret,
		RetryMin: 10 * time.Millisecond, RetryMax: 100 * time.Millisecond,
	})
	require.NoError(t, err)
	require.NoError(t, conn.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	require.NoError(t, conn.Ready(patience(t)))
	p, err := live.New(live.Config{AMI: conn})
	require.NoError(t, err)
	_, err = p.Install(t.Context())
	require.NoError(t, err)
	a.Restart()
	require.NoError(t, conn.Ready(patience(t)))
	return node{p, a, conn}
}

// organization is one on a store, with two phones whose passwords are known.
type organization struct {
	store     *memstore.Store
	id        string
	prefix    string
	users     []resource.User
	passwords []org.Secret
}

func newOrganization(t *testing.T, store *memstore.Store, name string) organization {
	t.Helper()
	orgs := org.New(store, org.Options{})
	profile, err := orgs.Draft(org.Hotel)
	require.NoError(t, err)
	profile.Name = name
	created, _, err := orgs.Create(t.Context(), profile)
	require.NoError(t, err)
	o := organization{store: store, id: created.ID, prefix: created.ContextPrefix}
	o.add(t, "1001")
	o.add(t, "1002")
	return o
}

// add adds a user with a phone and a mailbox.
func (o *organization) add(t *testing.T, extension string) {
	t.Helper()
	u, password, err := resource.New(o.store, resource.Options{}).Users().Create(t.Context(), o.id, resource.User{
		Extension: extension, FullName: "Phone " + extension, Role: "agent", RingTarget: resource.RingExtension, VoicemailEnabled: true,
	})
	require.NoError(t, err)
	o.users, o.passwords = append(o.users, u), append(o.passwords, password)
}

func (o organization) snapshot(ctx context.Context) (resource.Snapshot, error) {
	s, err := o.store.Snapshot(ctx, o.id)
	if err != nil {
		return s, err
	}
	err = s.Unseal(nil)
	return s, err
}

func (o organization) apply(t *testing.T, f *fleet.Fleet) {
	t.Helper()
	s, err := o.snapshot(t.Context())
	require.NoError(t, err)
	_, err = f.Apply(t.Context(), s)
	require.NoError(t, err)
	planned, err := f.Plan(t.Context(), s)
	require.NoError(t, err)
	require.Empty(t, planned)
}

func (o organization) move(t *testing.T, f *fleet.Fleet, to string) error {
	t.Helper()
	s, err := o.snapshot(t.Context())
	require.NoError(t, err)
	_, _, err = f.PlanMove(t.Context(), s, to)
	_, _, failure := f.Move(t.Context(), s, to)
	if err != nil {
		require.Equal(t, err, failure, "a plan says before what cannot be")
	}
	return failure
}

func (o organization) leave(t *testing.T, f *fleet.Fleet) bool {
	t.Helper()
	s, err := o.snapshot(t.Context())
	require.NoError(t, err)
	done, err := f.Leave(t.Context(), s)
	require.NoError(t, err)
	return done
}

func (o organization) phone(t *testing.T, n node, i int) *asterisktest.Phone {
	t.Helper()
	return asterisktest.NewPhone(t, asterisktest.PhoneOptions{
		Asterisk: n.asterisk.SIPAddr(), Username: o.users[i].SIP.Username, Password: o.passwords[i].Reveal(),
	})
}

func (o organization) talk(t *testing.T, n node) (calling, called *asterisktest.Call) {
	t.Helper()
	first, second := o.phone(t, n, 0), o.phone(t, n, 1)
	require.NoError(t, first.Register(patience(t)))
	require.NoError(t, second.Register(patience(t)))
	calling, err := first.Call(patience(t), "1002")
	require.NoError(t, err)
	require.True(t, calling.Answered(), "%d %s", calling.StatusCode(), calling.Reason())
	called, err = second.WaitIncoming(patience(t))
	require.NoError(t, err)
	return calling, called
}

// failing is a PBX that refuses what is applied while broken.
type failing struct {
	resource.PBX
	broken bool
}

var errBroken = errors.New("broken")

func (f *failing) Apply(ctx context.Context, s resource.Snapshot) ([]resource.Change, error) {
	changes, err := f.PBX.Apply(ctx, s)
	if f.broken { // half-way: it was applied, and that was not seen
		return nil, errBroken
	}
	return changes, err
}

func TestOrganisationsAreSpreadAndMovedWithoutLosingACall(t *testing.T) {
	t.Parallel()
	nodes := map[string]node{"pbx1": newNode(t), "pbx2": newNode(t)}
	store := memstore.New()
	second := &failing{PBX: nodes["pbx2"].PBX}
	f, err := fleet.New([]fleet.Node{
		{Name: "pbx1", PBX: nodes["pbx1"].PBX, Calls: nodes["pbx1"].Calls},
		{Name: "pbx2", PBX: second, Calls: nodes["pbx2"].Calls},
	}, store, fleet.Options{})
	require.NoError(t, err)
	alpha, beta := newOrganization(t, store, "Alpha"), newOrganization(t, store, "Beta")
	alpha.apply(t, f)
	beta.apply(t, f)
	requireAt(t, store, alpha, resource.Placement{Node: "pbx1", Endpoints: 2})
	requireAt(t, store, beta, resource.Placement{Node: "pbx2", Endpoints: 2})
	for o, at := range map[*organization]string{&alpha: "pbx1", &beta: "pbx2"} {
		for name, n := range nodes {
			prefixes, err := n.Organizations(t.Context())
			require.NoError(t, err)
			if name == at {
				require.Equal(t, []string{o.prefix}, prefixes)
			} else {
				require.NotContains(t, prefixes, o.prefix)
			}
		}
	}
	calling, called := alpha.talk(t, nodes["pbx1"])

	// A move that fails half-way leaves it where it was.
	second.broken = true
	require.ErrorIs(t, alpha.move(t, f, "pbx2"), errBroken)
	second.broken = false
	requireAt(t, store, alpha, resource.Placement{Node: "pbx1", Endpoints: 2})
	prefixes, err := nodes["pbx2"].Organizations(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{beta.prefix}, prefixes)
	require.NoError(t, calling.Hears(patience(t), called))

	// The old node keeps the call that runs and takes no other.
	require.NoError(t, alpha.move(t, f, "pbx2"))
	globals, err := nodes["pbx1"].asterisk.CLI(t.Context(), "dialplan show globals")
	require.NoError(t, err)
	require.Contains(t, globals, "ORGPBX_"+alpha.prefix+"_STATUS=suspended")
	requireAt(t, store, alpha, resource.Placement{Node: "pbx2", Leaving: "pbx1", Endpoints: 2})
	leaving, err := f.Leaving(t.Context())
	require.NoError(t, err)
	require.Len(t, leaving, 1)
	there, other := alpha.talk(t, nodes["pbx2"])
	require.NoError(t, there.Hangup(patience(t)))
	require.NoError(t, other.WaitDone(patience(t)))
	require.False(t, alpha.leave(t, f))
	require.NoError(t, called.Hears(patience(t), calling), "the old call goes on")
	require.NoError(t, calling.Hangup(patience(t)))
	require.NoError(t, called.WaitDone(patience(t)))
	require.Eventually(t, func() bool { return alpha.leave(t, f) }, time.Minute, 20*time.Millisecond)
	requireAt(t, store, alpha, resource.Placement{Node: "pbx2", Endpoints: 2})
	prefixes, err = nodes["pbx1"].Organizations(t.Context())
	require.NoError(t, err)
	require.Empty(t, prefixes)
	var refused *asterisktest.StatusError
	require.ErrorAs(t, alpha.phone(t, nodes["pbx1"], 0).Register(patience(t)), &refused)
	require.NoError(t, alpha.move(t, f, "pbx2"), "it is there")

	// A node that is away makes only its own organisations wait.
	nodes["pbx2"].asterisk.Kill()
	s, err := alpha.snapshot(t.Context())
	require.NoError(t, err)
	_, err = f.Apply(t.Context(), s)
	require.ErrorIs(t, err, resource.ErrPBXUnavailable)
	gamma := newOrganization(t, store, "Gamma")
	gamma.apply(t, f)
	requireAt(t, store, gamma, resource.Placement{Node: "pbx1", Endpoints: 2})
	nodes["pbx2"].asterisk.Boot()
	require.NoError(t, nodes["pbx2"].conn.Ready(patience(t)))
	alpha.apply(t, f)
	_, err = f.Remove(t.Context(), alpha.prefix)
	require.NoError(t, err)
	_, err = store.Placement(t.Context(), alpha.prefix)
	require.ErrorIs(t, err, org.ErrNotFound)
}

func TestMoveSaysWhatCannotBe(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	f, err := fleet.New([]fleet.Node{{Name: "pbx1", PBX: resource.NoPBX{}}, {Name: "pbx2", PBX: resource.NoPBX{}}}, store, fleet.Options{})
	require.NoError(t, err)
	alpha := newOrganization(t, store, "Alpha")
	require.NoError(t, alpha.move(t, f, "pbx2"), "it was nowhere")
	requireAt(t, store, alpha, resource.Placement{Node: "pbx2", Endpoints: 2})
	require.NoError(t, alpha.move(t, f, "pbx1"))
	require.True(t, alpha.leave(t, f))
	alpha.apply(t, f)
	var unknown *resource.UnknownNodeError
	require.ErrorAs(t, alpha.move(t, f, "pbx9"), &unknown)
	p, err := store.Placement(t.Context(), alpha.prefix)
	require.NoError(t, err)
	leaving := p
	leaving.Leaving = "pbx3"
	_, err = store.Replace(t.Context(), p, leaving)
	require.NoError(t, err)
	require.ErrorIs(t, alpha.move(t, f, "pbx2"), resource.ErrMoving)

	_, err = fleet.New(nil, store, fleet.Options{})
	require.Error(t, err)
	_, err = fleet.New([]fleet.Node{{Name: "pbx1", PBX: resource.NoPBX{}}, {Name: "pbx1", PBX: resource.NoPBX{}}}, store, fleet.Options{})
	require.Error(t, err)
}

func TestAMoveThatWasCutOffIsTakenBackOrRepeated(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	f, err := fleet.New([]fleet.Node{
		{Name: "pbx1", PBX: resource.NoPBX{}}, {Name: "pbx2", PBX: resource.NoPBX{}}, {Name: "pbx3", PBX: resource.NoPBX{}},
	}, store, fleet.Options{})
	require.NoError(t, err)
	alpha := newOrganization(t, store, "Alpha")
	alpha.apply(t, f)
	cutOff := func() {
		p, err := store.Placement(t.Context(), alpha.prefix)
		require.NoError(t, err)
		half := p
		half.MovingTo = "pbx2"
		_, err = store.Replace(t.Context(), p, half)
		require.NoError(t, err)
	}
	cutOff()
	require.ErrorIs(t, alpha.move(t, f, "pbx3"), resource.ErrMoving)
	require.NoError(t, alpha.move(t, f, "pbx1"))
	requireAt(t, store, alpha, resource.Placement{Node: "pbx1", Endpoints: 2})
	cutOff()
	require.NoError(t, alpha.move(t, f, "pbx2"))
	requireAt(t, store, alpha, resource.Placement{Node: "pbx2", Leaving: "pbx1", Endpoints: 2})
}

func TestAnOrganisationFromBeforeThereWasAFleetIsFound(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	has := func(_ context.Context, _ string) (bool, error) { return true, nil }
	f, err := fleet.New([]fleet.Node{{Name: "pbx1", PBX: resource.NoPBX{}}, {Name: "pbx2", PBX: resource.NoPBX{}, Has: has}}, store, fleet.Options{})
	require.NoError(t, err)
	alpha := newOrganization(t, store, "Alpha")
	s, err := alpha.snapshot(t.Context())
	require.NoError(t, err)
	s.Organization.Config.AppliedRevision = 1
	_, err = f.Apply(t.Context(), s)
	require.NoError(t, err)
	requireAt(t, store, alpha, resource.Placement{Node: "pbx2", Endpoints: 2})
}

func requireAt(t *testing.T, store *memstore.Store, o organization, want resource.Placement) {
	t.Helper()
	want.ContextPrefix, want.OrganizationID = o.prefix, o.id
	kept, err := store.Placement(t.Context(), o.prefix)
	require.NoError(t, err)
	require.Equal(t, want, kept)
}

// patience bounds one step of a call.
func patience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}
