package fleet_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/asterisk/fleet"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// meanwhile is a PBX to which something happens while it applies.
type meanwhile struct {
	resource.PBX
	happens func()
}

func (m *meanwhile) Apply(ctx context.Context, s resource.Snapshot) ([]resource.Change, error) {
	changes, err := m.PBX.Apply(ctx, s)
	if m.happens != nil {
		m.happens()
	}
	return changes, err
}

// registered is a phone that rings.
func (o organization) registered(t *testing.T, n node, i int) *asterisktest.Phone {
	t.Helper()
	phone := o.phone(t, n, i)
	require.NoError(t, phone.Register(patience(t)))
	return phone
}

// dialCode dials a feature code and hears it confirmed.
func dialCode(t *testing.T, phone *asterisktest.Phone, code string) {
	t.Helper()
	call, err := phone.Call(patience(t), code)
	require.NoError(t, err)
	require.Equal(t, 200, call.StatusCode(), code)
	require.NoError(t, call.WaitDone(patience(t)), code)
}

// requireReaches calls a number and sees who is rung.
func requireReaches(t *testing.T, phone *asterisktest.Phone, number string, rung *asterisktest.Phone) {
	t.Helper()
	call, err := phone.Call(patience(t), number)
	require.NoError(t, err)
	require.True(t, call.Answered(), "%s: %d %s", number, call.StatusCode(), call.Reason())
	_, err = rung.WaitIncoming(patience(t))
	require.NoError(t, err, number)
	require.NoError(t, call.Hangup(patience(t)))
}

func (n node) cli(t *testing.T, command string) string {
	t.Helper()
	said, err := n.asterisk.CLI(t.Context(), command)
	require.NoError(t, err)
	return said
}

func TestWhatPhonesSwitchedByCodesMovesAlong(t *testing.T) {
	t.Parallel()
	first, second := newNode(t), newNode(t)
	store := memstore.New()
	target := &meanwhile{PBX: second.PBX}
	f, err := fleet.New([]fleet.Node{
		{Name: "pbx1", PBX: first.PBX, Calls: first.Calls, Switches: first.PBX},
		{Name: "pbx2", PBX: target, Calls: second.Calls, Switches: second.PBX},
	}, store)
	require.NoError(t, err)
	alpha, beta := newOrganization(t, store, "Alpha"), newOrganization(t, store, "Beta")
	alpha.add(t, "1003")
	for _, o := range []organization{alpha, beta} {
		_, err := store.Place(t.Context(), resource.Placement{ContextPrefix: o.prefix, OrganizationID: o.id, Node: "pbx1"})
		require.NoError(t, err)
		o.apply(t, f)
	}
	dialCode(t, beta.registered(t, first, 1), "*78")
	one, two, three := alpha.registered(t, first, 0), alpha.registered(t, first, 1), alpha.registered(t, first, 2)
	dialCode(t, one, "*92"+"1003") // when nobody answers
	dialCode(t, two, "*78")
	dialCode(t, three, "*72"+"1001")
	target.happens = func() { // the old node is in charge as long as the new one has not everything
		dialCode(t, one, "*93")
		dialCode(t, one, "*90"+"1003")
		target.happens = nil
	}
	require.NoError(t, alpha.move(t, f, "pbx2"))
	refused, err := two.Call(patience(t), "*79")
	require.NoError(t, err)
	require.Equal(t, 403, refused.StatusCode(), "nothing is switched where it is not in charge")
	require.NoError(t, refused.WaitDone(patience(t)))

	one, two, three = alpha.registered(t, second, 0), alpha.registered(t, second, 1), alpha.registered(t, second, 2)
	require.Contains(t, second.cli(t, "core show hint 1002"), "State:Busy", "his lamp is on")
	disturbed, err := one.Call(patience(t), "1002")
	require.NoError(t, err)
	require.True(t, disturbed.Answered(), "by his mailbox")
	require.NoError(t, disturbed.Hangup(patience(t)))
	require.Empty(t, two.Incoming())
	requireReaches(t, two, "1003", one)
	one.OnIncoming(asterisktest.Busy)
	switched := second.cli(t, "database show orgpbx-"+alpha.prefix)
	require.NotContains(t, switched, "forward-unanswered")
	require.Contains(t, switched, alpha.users[0].SIP.Username+"/forward-busy")
	require.NotContains(t, second.cli(t, "database show"), beta.prefix, "that of others stays where it is")

	// What is switched on the new node is not switched back by the old one.
	dialCode(t, two, "*79")
	dialCode(t, three, "*73")
	require.Eventually(t, func() bool { return alpha.leave(t, f) }, time.Minute, 20*time.Millisecond)
	requireReaches(t, three, "1002", two)
	require.Contains(t, second.cli(t, "core show hint 1002"), "State:Idle")
	requireNothingSwitched(t, first, alpha)
	require.Contains(t, first.cli(t, "database show orgpbx-"+beta.prefix), beta.users[1].SIP.Username+"/dnd")
}

func TestWhatPhonesSwitchedOnADeadNodeIsSaidToBeLost(t *testing.T) {
	t.Parallel()
	first, second := newNode(t), newNode(t)
	store := memstore.New()
	f, err := fleet.New([]fleet.Node{
		{Name: "pbx1", PBX: first.PBX, Calls: first.Calls, Switches: first.PBX},
		{Name: "pbx2", PBX: second.PBX, Calls: second.Calls, Switches: second.PBX},
	}, store)
	require.NoError(t, err)
	alpha := newOrganization(t, store, "Alpha")
	alpha.apply(t, f)
	dialCode(t, alpha.registered(t, first, 1), "*78")
	s, err := alpha.snapshot(t.Context())
	require.NoError(t, err)
	_, left, err := f.PlanMove(t.Context(), s, "pbx2")
	require.NoError(t, err)
	require.Empty(t, left)

	first.asterisk.Kill()
	lost := []resource.LeftBehind{{What: resource.Switches, Reason: "pbx1 cannot be reached: what phones switched there by codes is lost"}}
	require.Eventually(t, func() bool { // the connection learns of it
		_, left, err = f.PlanMove(t.Context(), s, "pbx2")
		return err == nil && len(left) > 0
	}, time.Minute, 20*time.Millisecond)
	require.Equal(t, lost, left)
	_, left, err = f.Move(t.Context(), s, "pbx2")
	require.NoError(t, err)
	require.Equal(t, lost, left)
	requireReaches(t, alpha.registered(t, second, 0), "1002", alpha.registered(t, second, 1))

	first.asterisk.Boot()
	require.NoError(t, first.conn.Ready(patience(t)))
	require.Eventually(t, func() bool { return alpha.leave(t, f) }, time.Minute, 20*time.Millisecond)
	requireNothingSwitched(t, first, alpha)
	requireNothingSwitched(t, second, alpha) // nobody is surprised by it later
}

func requireNothingSwitched(t *testing.T, n node, o organization) {
	t.Helper()
	for _, family := range []string{"orgpbx-" + o.prefix, "CustomDevstate"} {
		require.NotContains(t, n.cli(t, "database show "+family), o.prefix+"-")
	}
}
