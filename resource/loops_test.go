package resource_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/resource"
)

func to(kind resource.DestinationType, number string) *resource.Destination {
	return &resource.Destination{Type: kind, Number: number}
}

func (f *fixture) ivr(t *testing.T, number string, edit func(*resource.IVR)) (resource.IVR, error) {
	t.Helper()
	ivr := resource.IVRDefaults()
	ivr.Name, ivr.Number, ivr.Greeting = "Menu "+number, number, "welcome"
	if edit != nil {
		edit(&ivr)
	}
	return f.IVRs().Create(t.Context(), f.org.ID, ivr)
}

func (f *fixture) overflow(t *testing.T, q resource.Queue, d *resource.Destination) error {
	t.Helper()
	_, err := f.Queues().Update(t.Context(), f.org.ID, q.ID, 0, func(q *resource.Queue) error { q.Overflow = d; return nil })
	return err
}

func (f *fixture) fallback(t *testing.T, i resource.IVR, d *resource.Destination) error {
	t.Helper()
	_, err := f.IVRs().Update(t.Context(), f.org.ID, i.ID, 0, func(i *resource.IVR) error { i.Fallback = d; return nil })
	return err
}

func TestCallsGoRoundInNoRing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	first, second, third := f.queue(t, "600"), f.queue(t, "601"), f.queue(t, "602")
	menu, err := f.ivr(t, "700", nil)
	require.NoError(t, err)

	requireInvalid(t, f.overflow(t, first, to(resource.ToQueue, "600")), "overflow.destination", "loop")
	require.NoError(t, f.overflow(t, first, to(resource.ToQueue, "601")))
	requireInvalid(t, f.overflow(t, second, to(resource.ToQueue, "600")), "overflow.destination", "loop")
	require.NoError(t, f.overflow(t, second, to(resource.ToQueue, "602")))
	requireInvalid(t, f.overflow(t, third, to(resource.ToQueue, "600")), "overflow.destination", "loop")

	require.NoError(t, f.overflow(t, third, to(resource.ToIVR, "700")), "the menu ends the call")
	requireInvalid(t, f.fallback(t, menu, to(resource.ToQueue, "601")), "fallback.destination", "loop")
	requireInvalid(t, f.fallback(t, menu, to(resource.ToIVR, "700")), "fallback.destination", "loop")
	require.NoError(t, f.overflow(t, third, nil))
	require.NoError(t, f.fallback(t, menu, to(resource.ToQueue, "601")))
	requireInvalid(t, f.overflow(t, third, to(resource.ToIVR, "700")), "overflow.destination", "loop")
}

func TestANewResourceClosesNoRingEither(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	_, err := f.ivr(t, "700", func(i *resource.IVR) { i.Fallback = to(resource.ToIVR, "700") })
	requireInvalid(t, err, "fallback.destination", "loop")
	_, err = f.ivr(t, "700", func(i *resource.IVR) {
		i.Options = map[string]resource.Destination{"1": *to(resource.ToIVR, "700")}
	})
	requireInvalid(t, err, "options.1.destination", "loop")
	queue := resource.QueueDefaults()
	queue.Name, queue.Number, queue.Overflow = "Own", "600", to(resource.ToQueue, "600")
	_, err = f.Queues().Create(t.Context(), f.org.ID, queue)
	requireInvalid(t, err, "overflow.destination", "loop")
}

// Somebody has to press a key in each round, and can press another.
func TestASubMenuMayLeadBackToTheMainMenu(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	main, err := f.ivr(t, "700", nil)
	require.NoError(t, err)
	_, err = f.ivr(t, "701", func(i *resource.IVR) {
		i.Options = map[string]resource.Destination{"*": *to(resource.ToIVR, "700")}
		i.Fallback = to(resource.ToIVR, "700")
	})
	require.NoError(t, err)
	edited, err := f.IVRs().Update(t.Context(), f.org.ID, main.ID, 0, func(i *resource.IVR) error {
		i.Options = map[string]resource.Destination{"1": *to(resource.ToIVR, "701")}
		return nil
	})
	require.NoError(t, err)
	_, err = f.IVRs().Update(t.Context(), f.org.ID, main.ID, 0, func(i *resource.IVR) error {
		i.Options["2"] = *to(resource.ToIVR, "700")
		return nil
	})
	requireInvalid(t, err, "options.2.destination", "loop")
	require.Len(t, edited.Options, 1)
}

// A call that leaves to a DID of the organisation comes back over the carrier.
func TestARingOverTheCarrierIsARing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	trunk, queue := f.trunk(t, "Carrier"), f.queue(t, "600")
	_, err := f.did(t, "+4930111111", trunk, *to(resource.ToExternal, "+4930111111"))
	requireInvalid(t, err, "routing_destination", "loop")

	require.NoError(t, f.overflow(t, queue, to(resource.ToExternal, "+4930111111")), "nobody's number yet")
	_, err = f.did(t, "+4930111111", trunk, *to(resource.ToQueue, "600"))
	requireInvalid(t, err, "routing_destination", "loop")
	d, err := f.did(t, "+4930222222", trunk, *to(resource.ToQueue, "600"))
	require.NoError(t, err)
	require.NoError(t, f.overflow(t, queue, to(resource.ToExternal, "+4930333333")))

	u := f.user(t, "1001")
	_, err = f.did(t, "+4930111111", trunk, *to(resource.ToExtension, "1001"))
	require.NoError(t, err)
	mobile := func(number string) error {
		_, err := f.Users().Update(t.Context(), f.org.ID, u.ID, 0, func(u *resource.User) error {
			u.RingTarget, u.PhoneNumber = resource.RingPhone, number
			return nil
		})
		return err
	}
	requireInvalid(t, mobile("+4930111111"), "phone_number", "loop")
	require.NoError(t, mobile("+4930222222"), "the queue's number")
	requireInvalid(t, f.overflow(t, queue, to(resource.ToExtension, "1001")), "overflow.destination", "loop")

	// A number that was given up leads nowhere.
	_, err = f.DIDs().Update(t.Context(), f.org.ID, d.ID, 0, func(d *resource.DID) error { d.Number = "+4930444444"; return nil })
	require.NoError(t, err)
	require.NoError(t, f.overflow(t, queue, to(resource.ToExternal, "+4930222222")))
	_, err = f.DIDs().Update(t.Context(), f.org.ID, d.ID, 0, func(d *resource.DID) error { d.Description = "x"; return nil })
	require.NoError(t, err)
	_, err = f.DIDs().Update(t.Context(), f.org.ID, d.ID, 0, func(d *resource.DID) error { d.Number = "+4930222222"; return nil })
	requireInvalid(t, err, "routing_destination", "loop")
}
