package resource_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// fixture is one organisation and the services on an empty store.
type fixture struct {
	*resource.Service
	store   *memstore.Store
	orgs    *org.Service
	org     org.Organization
	sealer  *resource.Sealer
	changed int
}

func newFixture(t *testing.T, edit func(*org.Profile)) *fixture {
	t.Helper()
	store := memstore.New()
	f := &fixture{store: store, orgs: org.New(store, org.Options{}), sealer: newSealer(t, 7)}
	f.Service = resource.New(store, resource.Options{Sealer: f.sealer, Changed: func(string) { f.changed++ }})
	profile, err := f.orgs.Draft(org.Hotel)
	require.NoError(t, err)
	profile.Name = "Fixture"
	if edit != nil {
		edit(&profile)
	}
	f.org, _, err = f.orgs.Create(t.Context(), profile)
	require.NoError(t, err)
	return f
}

func (f *fixture) user(t *testing.T, extension string) resource.User {
	t.Helper()
	u, _, err := f.Users().Create(t.Context(), f.org.ID, resource.User{
		Extension: extension, Role: "agent", RingTarget: resource.RingExtension, VoicemailEnabled: true,
	})
	require.NoError(t, err)
	return u
}

func (f *fixture) trunk(t *testing.T, name string) resource.Trunk {
	t.Helper()
	trunk := resource.TrunkDefaults()
	trunk.Name, trunk.Type, trunk.Host = name, resource.PeerToPeerTrunk, "10.0.0.1"
	created, err := f.Trunks().Create(t.Context(), f.org.ID, trunk)
	require.NoError(t, err)
	return created
}

func (f *fixture) queue(t *testing.T, number string, members ...resource.QueueMember) resource.Queue {
	t.Helper()
	queue := resource.QueueDefaults()
	queue.Name, queue.Number, queue.Members = "Queue "+number, number, members
	created, err := f.Queues().Create(t.Context(), f.org.ID, queue)
	require.NoError(t, err)
	return created
}

func (f *fixture) did(t *testing.T, number string, trunk resource.Trunk, to resource.Destination) (resource.DID, error) {
	t.Helper()
	return f.DIDs().Create(t.Context(), f.org.ID, resource.DID{Number: number, TrunkID: trunk.ID, Routing: to})
}

func requireInvalid(t *testing.T, err error, field, rule string) {
	t.Helper()
	var invalid *org.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, field, invalid.Fields[0].Field)
	require.Equal(t, rule, invalid.Fields[0].Rule)
}

func requireDuplicate(t *testing.T, err error, field string) {
	t.Helper()
	var taken *org.DuplicateError
	require.ErrorAs(t, err, &taken)
	require.Equal(t, field, taken.Field)
}

func requireInUse(t *testing.T, err error, by ...resource.Ref) {
	t.Helper()
	var inUse *resource.InUseError
	require.ErrorAs(t, err, &inUse)
	require.Equal(t, by, inUse.By)
}

func TestAQuotaOfNoneUnlimitedAndLoweredBelowUse(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(p *org.Profile) {
		p.Settings.MaxUsers = limits.AtMost(2)
		p.Settings.MaxQueues = limits.AtMost(0)
		p.Settings.MaxTrunks = limits.Unlimited()
	})
	f.user(t, "1001")
	u := f.user(t, "1002")
	_, _, err := f.Users().Create(t.Context(), f.org.ID, resource.User{Extension: "1003", Role: "agent", RingTarget: resource.RingExtension})
	var exceeded *limits.ExceededError
	require.ErrorAs(t, err, &exceeded)
	require.Equal(t, limits.ExceededError{Kind: limits.Users, Limit: 2, Used: 2}, *exceeded)

	queue := resource.QueueDefaults()
	queue.Name, queue.Number = "Any", "600"
	_, err = f.Queues().Create(t.Context(), f.org.ID, queue)
	require.ErrorAs(t, err, &exceeded)
	require.Equal(t, limits.ExceededError{Kind: limits.Queues}, *exceeded)

	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		f.trunk(t, name)
	}

	lowered, err := f.orgs.Update(t.Context(), f.org.ID, 0, func(p *org.Profile) error {
		p.Settings.MaxUsers = limits.AtMost(1)
		return nil
	})
	require.NoError(t, err)
	usage, err := f.Usage(t.Context(), lowered)
	require.NoError(t, err)
	require.Equal(t, resource.Usage{Kind: limits.Users, Used: 2, Limit: limits.AtMost(1), Level: limits.Over}, usage[0])
	_, err = f.Users().Update(t.Context(), f.org.ID, u.ID, 0, func(u *resource.User) error { u.FullName = "Still Here"; return nil })
	require.NoError(t, err, "what exists stays and can be edited")
	require.NoError(t, f.Users().Delete(t.Context(), f.org.ID, u.ID, 0))
	_, _, err = f.Users().Create(t.Context(), f.org.ID, resource.User{Extension: "1003", Role: "agent", RingTarget: resource.RingExtension})
	require.ErrorAs(t, err, &exceeded)
}

func TestExtensionsAndQueueNumbersShareOneSpace(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	u := f.user(t, "1001")
	f.queue(t, "600")

	queue := resource.QueueDefaults()
	queue.Name, queue.Number = "Clash", "1001"
	_, err := f.Queues().Create(t.Context(), f.org.ID, queue)
	requireDuplicate(t, err, "number")
	_, _, err = f.Users().Create(t.Context(), f.org.ID, resource.User{Extension: "600", Role: "agent", RingTarget: resource.RingExtension})
	requireDuplicate(t, err, "extension")
	_, err = f.Users().Update(t.Context(), f.org.ID, u.ID, 0, func(u *resource.User) error { u.Extension = "600"; return nil })
	requireDuplicate(t, err, "extension")
}

func TestAPhoneKeepsItsLoginWhenTheExtensionChanges(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	u, password, err := f.Users().Create(t.Context(), f.org.ID, resource.User{Extension: "1001", Role: "agent", RingTarget: resource.RingExtension})
	require.NoError(t, err)
	require.Regexp(t, `^`+f.org.ContextPrefix+`-[a-z][a-z2-7]{7}$`, u.SIP.Username)
	require.Len(t, u.SIP.MD5, 32)
	require.Len(t, password.Reveal(), 43)

	edited, err := f.Users().Update(t.Context(), f.org.ID, u.ID, u.Version, func(u *resource.User) error {
		u.Extension, u.SIP, u.ID, u.Version = "1009", resource.SIPCredential{Username: "root"}, "other", 99
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, "1009", edited.Extension)
	require.Equal(t, u.SIP, edited.SIP)
	require.Equal(t, u.ID, edited.ID)
	require.Equal(t, u.Version+1, edited.Version)

	_, _, err = f.Users().RotateSIPPassword(t.Context(), f.org.ID, u.ID, u.Version)
	require.ErrorIs(t, err, org.ErrVersionMismatch, "the extension changed since")
	rotated, fresh, err := f.Users().RotateSIPPassword(t.Context(), f.org.ID, u.ID, u.Version+1)
	require.NoError(t, err)
	require.NotEqual(t, password, fresh)
	require.Equal(t, u.SIP.Username, rotated.SIP.Username)
	require.NotEqual(t, u.SIP.MD5, rotated.SIP.MD5)
}

func TestADestinationMustExist(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	trunk := f.trunk(t, "Carrier")
	u := f.user(t, "1001")
	f.queue(t, "600")
	_, err := f.Users().Update(t.Context(), f.org.ID, f.user(t, "1002").ID, 0, func(u *resource.User) error {
		u.VoicemailEnabled = false
		return nil
	})
	require.NoError(t, err)

	for _, tc := range []struct {
		name        string
		to          resource.Destination
		field, rule string
	}{
		{"an extension nobody has", resource.Destination{Type: resource.ToExtension, Number: "1009"}, "routing_destination", "exists"},
		{"a queue's number as extension", resource.Destination{Type: resource.ToExtension, Number: "600"}, "routing_destination", "exists"},
		{"an extension as queue", resource.Destination{Type: resource.ToQueue, Number: "1001"}, "routing_destination", "exists"},
		{"voicemail of a user without", resource.Destination{Type: resource.ToVoicemail, Number: "1002"}, "routing_destination", "exists"},
		{"an IVR nobody made", resource.Destination{Type: resource.ToIVR, Number: "700"}, "routing_destination", "exists"},
		{"a queue's number as conference", resource.Destination{Type: resource.ToConference, Number: "600"}, "routing_destination", "exists"},
		{"an extension as AI agent", resource.Destination{Type: resource.ToAIAgent, Number: "1001"}, "routing_destination", "exists"},
		{"a number that is none", resource.Destination{Type: resource.ToExternal, Number: "12"}, "routing_destination", "phone"},
		{"a type nobody knows", resource.Destination{Type: "fax", Number: "1001"}, "routing_type", "oneof"},
		{"no type", resource.Destination{Number: "1001"}, "routing_type", "required"},
		{"no number", resource.Destination{Type: resource.ToQueue}, "routing_destination", "required"},
	} {
		_, err := f.did(t, "+4930111111", trunk, tc.to)
		requireInvalid(t, err, tc.field, tc.rule)
	}
	_, err = f.did(t, "+4930111111", resource.Trunk{}, resource.Destination{Type: resource.ToExtension, Number: "1001"})
	requireInvalid(t, err, "trunk_id", "required")

	d, err := f.did(t, "+4930111111", trunk, resource.Destination{Type: resource.ToVoicemail, Number: "1001"})
	require.NoError(t, err)
	_, err = f.Users().Update(t.Context(), f.org.ID, u.ID, 0, func(u *resource.User) error { u.VoicemailEnabled = false; return nil })
	requireInUse(t, err, resource.Ref{Kind: resource.KindDID, ID: d.ID})
}

func TestNothingThatIsStillUsedCanGo(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	trunk := f.trunk(t, "Carrier")
	u := f.user(t, "1001")
	agent := f.user(t, "1002")
	q := f.queue(t, "600", resource.QueueMember{UserID: agent.ID})
	d, err := f.did(t, "+4930111111", trunk, resource.Destination{Type: resource.ToExtension, Number: "1001"})
	require.NoError(t, err)
	_, err = f.Queues().Update(t.Context(), f.org.ID, q.ID, 0, func(q *resource.Queue) error {
		q.Overflow = &resource.Destination{Type: resource.ToExtension, Number: "1001"}
		return nil
	})
	require.NoError(t, err)
	route, err := f.OutboundRoutes().Create(t.Context(), f.org.ID, resource.OutboundRoute{Name: "All", DialPattern: "_X.", TrunkID: trunk.ID})
	require.NoError(t, err)

	didRef := resource.Ref{Kind: resource.KindDID, ID: d.ID}
	queueRef := resource.Ref{Kind: resource.KindQueue, ID: q.ID}
	requireInUse(t, f.Users().Delete(t.Context(), f.org.ID, u.ID, 0), didRef, queueRef)
	requireInUse(t, f.Users().Delete(t.Context(), f.org.ID, agent.ID, 0), queueRef)
	requireInUse(t, f.Trunks().Delete(t.Context(), f.org.ID, trunk.ID, 0), didRef, resource.Ref{Kind: resource.KindOutboundRoute, ID: route.ID})
	_, err = f.Users().Update(t.Context(), f.org.ID, u.ID, 0, func(u *resource.User) error { u.Extension = "1003"; return nil })
	requireInUse(t, err, didRef, queueRef)

	require.NoError(t, f.DIDs().Delete(t.Context(), f.org.ID, d.ID, 0))
	require.NoError(t, f.Queues().Delete(t.Context(), f.org.ID, q.ID, 0))
	require.NoError(t, f.OutboundRoutes().Delete(t.Context(), f.org.ID, route.ID, 0))
	require.NoError(t, f.Users().Delete(t.Context(), f.org.ID, u.ID, 0))
	require.NoError(t, f.Trunks().Delete(t.Context(), f.org.ID, trunk.ID, 0))
}

func TestQueueRules(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	u := f.user(t, "1001")
	q := f.queue(t, "600")
	edit := func(change func(*resource.Queue)) error {
		_, err := f.Queues().Update(t.Context(), f.org.ID, q.ID, 0, func(q *resource.Queue) error { change(q); return nil })
		return err
	}
	requireInvalid(t, edit(func(q *resource.Queue) { q.Members = []resource.QueueMember{{UserID: "stranger"}} }), "members[0].user_id", "exists")
	requireInvalid(t, edit(func(q *resource.Queue) { q.Members = []resource.QueueMember{{UserID: u.ID, Penalty: 11}} }), "members[0].penalty", "max")
	requireDuplicate(t, edit(func(q *resource.Queue) { q.Members = []resource.QueueMember{{UserID: u.ID}, {UserID: u.ID}} }), "members[1].user_id")
	requireInvalid(t, edit(func(q *resource.Queue) { q.Overflow = &resource.Destination{Type: resource.ToQueue, Number: "600"} }), "overflow.destination", "loop")
	requireInvalid(t, edit(func(q *resource.Queue) { q.Strategy = "loudest" }), "strategy", "oneof")
	require.NoError(t, edit(func(q *resource.Queue) { q.Members = []resource.QueueMember{{UserID: u.ID, Penalty: 10}} }))
}

func TestTrunkRules(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	base := resource.TrunkDefaults()
	base.Name = "Carrier"
	for _, tc := range []struct {
		name        string
		edit        func(*resource.Trunk)
		field, rule string
	}{
		{"outbound without host", func(t *resource.Trunk) { t.Type, t.Username = resource.OutboundTrunk, "u" }, "host", "required"},
		{"outbound without username", func(t *resource.Trunk) { t.Type, t.Host = resource.OutboundTrunk, "h" }, "username", "required"},
		{"outbound without password", func(t *resource.Trunk) { t.Type, t.Host, t.Username = resource.OutboundTrunk, "h", "u" }, "password", "required"},
		{"inbound without password", func(t *resource.Trunk) { t.Type, t.Username = resource.InboundTrunk, "u" }, "password", "required"},
		{"peer without host", func(t *resource.Trunk) { t.Type = resource.PeerToPeerTrunk }, "host", "required"},
		{"port 0", func(t *resource.Trunk) { t.Type, t.Host, t.Port = resource.PeerToPeerTrunk, "h", 0 }, "port", "min"},
		{"a name with a newline", func(t *resource.Trunk) { t.Type, t.Host, t.Name = resource.PeerToPeerTrunk, "h", "a\n[evil]" }, "name", "label"},
	} {
		trunk := base
		tc.edit(&trunk)
		_, err := f.Trunks().Create(t.Context(), f.org.ID, trunk)
		requireInvalid(t, err, tc.field, tc.rule)
	}
	f.trunk(t, "Carrier")
	_, err := f.Trunks().Create(t.Context(), f.org.ID, resource.Trunk{
		Name: "CARRIER", Type: resource.PeerToPeerTrunk, Host: "h", Port: 5060, Transport: resource.UDP, RetryInterval: 60, Expiration: 3600,
	})
	requireDuplicate(t, err, "name")

	_, err = f.SealTrunkPassword(f.org.ID, "two words")
	requireInvalid(t, err, "password", "printable")
}

func TestADialPatternMustParse(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	_, err := f.OutboundRoutes().Create(t.Context(), f.org.ID, resource.OutboundRoute{Name: "Bad", DialPattern: "_9X.,1,Answer()", TrunkID: f.trunk(t, "T").ID})
	requireInvalid(t, err, "dial_pattern", "pattern")
}

func TestEveryWriteTellsTheDeployerAndAFailedOneDoesNot(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	u := f.user(t, "1001")
	require.Equal(t, 1, f.changed)
	require.ErrorIs(t, f.Users().Delete(t.Context(), f.org.ID, u.ID, u.Version+1), org.ErrVersionMismatch)
	require.ErrorIs(t, f.Users().Delete(t.Context(), f.org.ID, "absent", 0), org.ErrNotFound)
	require.ErrorIs(t, f.Users().Delete(t.Context(), "absent", u.ID, 0), org.ErrNotFound)
	require.Equal(t, 1, f.changed)
	require.NoError(t, f.Users().Delete(t.Context(), f.org.ID, u.ID, u.Version))
	require.Equal(t, 2, f.changed)
	o, err := f.orgs.Get(t.Context(), f.org.ID)
	require.NoError(t, err)
	require.Equal(t, int64(3), o.Config.DesiredRevision, "one for the organisation, one for each write that worked")
}

func TestAnInboundTrunkRegistersUnderANameOfItsOwn(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	sealed, err := f.SealTrunkPassword(f.org.ID, "s3cret")
	require.NoError(t, err)
	trunk := resource.TrunkDefaults()
	trunk.Name, trunk.Type, trunk.Username, trunk.Password = "Branch", resource.InboundTrunk, "branch.1", sealed
	created, err := f.Trunks().Create(t.Context(), f.org.ID, trunk)
	require.NoError(t, err)
	require.Equal(t, f.org.ContextPrefix+"-in-branch.1", created.SIPUsername)

	trunk.Name = "Other"
	_, err = f.Trunks().Create(t.Context(), f.org.ID, trunk)
	requireDuplicate(t, err, "username")
	trunk.Username = "a@b"
	_, err = f.Trunks().Create(t.Context(), f.org.ID, trunk)
	requireInvalid(t, err, "username", "sipuser")

	edited, err := f.Trunks().Update(t.Context(), f.org.ID, created.ID, 0, func(t *resource.Trunk) error {
		t.Type, t.Host = resource.OutboundTrunk, "sip.example.net"
		return nil
	})
	require.NoError(t, err)
	require.Empty(t, edited.SIPUsername)
}
