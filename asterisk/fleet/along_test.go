package fleet_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/asterisk/fleet"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/voicemail"
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
	}, store, fleet.Options{})
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
	require.Eventually(t, func() bool { return strings.Contains(second.cli(t, "core show hint 1002"), "State:Idle") },
		time.Minute, 20*time.Millisecond, "his lamp is off")
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
	}, store, fleet.Options{Voicemail: voicemail.Nodes{"pbx1": first.mailboxes(t), "pbx2": second.mailboxes(t)}})
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

// press presses a key, and time for it to be heard.
func press(t *testing.T, call *asterisktest.Call, key string) {
	t.Helper()
	require.NoError(t, call.HeardAudio(patience(t), call.Heard()+500*time.Millisecond))
	require.NoError(t, call.SendDTMF(patience(t), key))
}

// speak calls a user who is busy, and speaks into his mailbox.
func speak(t *testing.T, phone *asterisktest.Phone, extension string) *asterisktest.Call {
	t.Helper()
	call, err := phone.Call(patience(t), extension)
	require.NoError(t, err)
	require.True(t, call.Answered())
	press(t, call, "#")
	require.NoError(t, call.SendTone(patience(t), 440, 4*time.Second))
	return call
}

// requireWaiting waits until a phone shows so many new messages.
func requireWaiting(t *testing.T, phone *asterisktest.Phone, messages string) {
	t.Helper()
	_, err := phone.WaitNotification(patience(t), func(n asterisktest.Notification) bool {
		return n.Event == "message-summary" && strings.Contains(n.Body, "Voice-Message: "+messages+"/")
	})
	require.NoError(t, err)
}

// mailboxes is the folder of a node's voicemail.
func (n node) mailboxes(t *testing.T) voicemail.Folder {
	t.Helper()
	dir := filepath.Join(n.asterisk.SpoolDir(), "voicemail")
	require.NoError(t, os.MkdirAll(dir, 0o750))
	return voicemail.Folder(dir)
}

func (o organization) requireMessages(t *testing.T, folder voicemail.Folder, names ...string) {
	t.Helper()
	var found []string
	require.NoError(t, folder.Messages(t.Context(), o.prefix, func(m voicemail.Message) error {
		found = append(found, m.Mailbox+"/"+m.Folder+"/"+m.Name)
		return nil
	}))
	require.Equal(t, names, found)
}

func TestVoicemailMovesAlongAlsoWhatIsLeftWhileTheOldNodeIsDrained(t *testing.T) {
	t.Parallel()
	first, second := newNode(t), newNode(t)
	store := memstore.New()
	target := &failing{PBX: second.PBX}
	folders := voicemail.Nodes{"pbx1": first.mailboxes(t), "pbx2": second.mailboxes(t)}
	f, err := fleet.New([]fleet.Node{
		{Name: "pbx1", PBX: first.PBX, Calls: first.Calls, Switches: first.PBX, LookAtMailboxes: first.LookAtMailboxes},
		{Name: "pbx2", PBX: target, Calls: second.Calls, Switches: second.PBX, LookAtMailboxes: second.LookAtMailboxes},
	}, store, fleet.Options{Voicemail: folders})
	require.NoError(t, err)
	alpha := newOrganization(t, store, "Alpha")
	alpha.apply(t, f)
	one, two := alpha.registered(t, first, 0), alpha.registered(t, first, 1)
	one.OnIncoming(asterisktest.Busy)
	require.NoError(t, speak(t, two, "1001").Hangup(patience(t)))
	requireWaiting(t, one, "1")

	target.broken = true
	require.ErrorIs(t, alpha.move(t, f, "pbx2"), errBroken)
	target.broken = false
	alpha.requireMessages(t, folders["pbx2"])

	speaking := speak(t, two, "1001")
	require.NoError(t, alpha.move(t, f, "pbx2"))
	alpha.requireMessages(t, folders["pbx2"], "1001/INBOX/msg0000")
	one = alpha.registered(t, second, 0)
	requireWaiting(t, one, "1")
	require.False(t, alpha.leave(t, f))
	require.NoError(t, speaking.Hangup(patience(t)))
	require.Eventually(t, func() bool { return alpha.leave(t, f) }, time.Minute, 20*time.Millisecond)
	requireWaiting(t, one, "2")
	alpha.requireMessages(t, folders["pbx2"], "1001/INBOX/msg0000", "1001/INBOX/msg0001")
	require.NoDirExists(t, filepath.Join(string(folders["pbx1"]), alpha.prefix))

	// Asterisk goes on behind what came.
	two = alpha.registered(t, second, 1)
	one.OnIncoming(asterisktest.Busy)
	require.NoError(t, speak(t, two, "1001").Hangup(patience(t)))
	requireWaiting(t, one, "3")
	alpha.requireMessages(t, folders["pbx2"], "1001/INBOX/msg0000", "1001/INBOX/msg0001", "1001/INBOX/msg0002")
	listen, err := one.Call(patience(t), "*97")
	require.NoError(t, err)
	require.True(t, listen.Answered())
	press(t, listen, "1")
	require.NoError(t, listen.HeardAudio(patience(t), listen.Heard()+4*time.Second), "the message")
	require.NoError(t, listen.SendDTMF(patience(t), "7")) // delete it
	require.NoError(t, listen.HeardAudio(patience(t), listen.Heard()+500*time.Millisecond))
	require.NoError(t, listen.Hangup(patience(t)))
	requireWaiting(t, alpha.registered(t, second, 0), "2")
}

func TestAMoveSaysThatVoicemailStaysWhereItSeesNoFolder(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	f, err := fleet.New([]fleet.Node{{Name: "pbx1", PBX: resource.NoPBX{}}, {Name: "pbx2", PBX: resource.NoPBX{}}},
		store, fleet.Options{Voicemail: voicemail.Nodes{"pbx1": voicemail.Folder(t.TempDir())}})
	require.NoError(t, err)
	alpha := newOrganization(t, store, "Alpha")
	alpha.apply(t, f)
	s, err := alpha.snapshot(t.Context())
	require.NoError(t, err)
	_, planned, err := f.PlanMove(t.Context(), s, "pbx2")
	require.NoError(t, err)
	require.Equal(t, []resource.LeftBehind{
		{What: resource.Switches, Reason: "what phones switched by codes does not move between pbx1 and pbx2"},
		{What: resource.Voicemail, Reason: "the server has no folder of pbx2's voicemail: messages and greetings stay on pbx1"},
	}, planned)
	_, left, err := f.Move(t.Context(), s, "pbx2")
	require.NoError(t, err)
	require.Equal(t, planned, left)
	require.True(t, alpha.leave(t, f))
}

func TestAMoveDoesNotFailForVoicemailThatCannotBeCopiedNow(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	folders := voicemail.Nodes{
		"pbx1": voicemail.Folder(filepath.Join(t.TempDir(), "voicemail")), "pbx2": voicemail.Folder(t.TempDir()),
	}
	f, err := fleet.New([]fleet.Node{{Name: "pbx1", PBX: resource.NoPBX{}}, {Name: "pbx2", PBX: resource.NoPBX{}}},
		store, fleet.Options{Voicemail: folders})
	require.NoError(t, err)
	alpha := newOrganization(t, store, "Alpha")
	alpha.apply(t, f)
	s, err := alpha.snapshot(t.Context())
	require.NoError(t, err)
	_, left, err := f.Move(t.Context(), s, "pbx2")
	require.NoError(t, err)
	require.Contains(t, left, resource.LeftBehind{
		What: resource.Voicemail, Later: true, Reason: "not all messages and greetings of pbx1 are copied yet: they come before it is left",
	})
	_, err = f.Leave(t.Context(), s)
	require.Error(t, err, "it is not left without them")

	dir := filepath.Join(string(folders["pbx1"]), alpha.prefix, "1001", "INBOX")
	require.NoError(t, os.MkdirAll(dir, 0o750)) // it is mounted again
	require.NoError(t, os.WriteFile(filepath.Join(dir, "msg0000.txt"), []byte("[message]\nmsg_id=1-1\n"), 0o600))
	require.True(t, alpha.leave(t, f))
	alpha.requireMessages(t, folders["pbx2"], "1001/INBOX/msg0000")
	alpha.requireMessages(t, folders["pbx1"])
}
