package asterisktest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/resource"
)

// lamps watches members of a queue while their numbers change hands.
func (r *trial) lamps(t *testing.T) {
	alpha := newTenant(t, "alpha", 1)
	r.requireApplyDoesWhatWasPlanned(t, alpha)
	first, second := alpha.phone(t, r.Asterisk, firstExtension), alpha.phone(t, r.Asterisk, secondExtension)
	lamp := requireLamp(t, first, "*451002", "terminated")
	requireLamp(t, first, "*461002", "terminated")
	requireLamp(t, first, "*46-10-02", "terminated") // Asterisk passes over the dashes
	requireLamp(t, first, "*702", "terminated")
	requireNoLamp(t, first, "*451001", "*451003")
	dialCode(t, second, "*45")
	require.NoError(t, lamp.WaitState(patience(t), "confirmed"))
	r.requireUnchanged(t, alpha)

	r.cli(t, "dialplan reload")
	dialCode(t, second, "*45")
	require.NoError(t, lamp.WaitState(patience(t), "terminated"), "a reload leaves who watches")
	dialCode(t, second, "*45")
	require.NoError(t, lamp.WaitState(patience(t), "confirmed"))

	alpha.Users = slices.Clone(alpha.Users)
	alpha.Users[1].Extension = "1003"
	r.requireApplyDoesWhatWasPlanned(t, alpha)
	requireNoLamp(t, first, "*451002", "*461002", "*46-10-02")
	requireLamp(t, first, "*451003", "confirmed")

	meta := alpha.Users[0].Meta
	meta.ID = strings.Replace(meta.ID, "8000", "8001", 1)
	third := newUser(meta, alpha.prefix, "1004", "Third")
	third.Extension = secondExtension
	alpha.Users = append(alpha.Users, third)
	alpha.Queues[0].Members = append(alpha.Queues[0].Members, resource.QueueMember{UserID: third.ID})
	r.requireApplyDoesWhatWasPlanned(t, alpha)
	requireLamp(t, first, "*451002", "terminated")

	alpha.Users = slices.Clone(alpha.Users)
	alpha.Users[1].Extension, alpha.Users[2].Extension = alpha.Users[2].Extension, alpha.Users[1].Extension
	r.requireApplyDoesWhatWasPlanned(t, alpha)
	requireLamp(t, first, "*451002", "confirmed")
	requireLamp(t, first, "*451003", "terminated")
	r.requireUnchanged(t, alpha)

	r.Restart()
	require.Eventually(t, func() bool {
		planned, err := r.pbx.Plan(t.Context(), alpha.Snapshot)
		return err == nil && len(planned) == 0
	}, away, 50*time.Millisecond)
	require.NoError(t, first.Register(patience(t)))
	requireLamp(t, first, "*451002", "confirmed")
	requireLamp(t, first, "*451003", "terminated")
	requireNoLamp(t, first, "*451001")

	alpha.Organization.Settings.Features.CallTransfer = false
	alpha.Queues[0].Members = nil
	r.requireApplyDoesWhatWasPlanned(t, alpha)
	requireNoLamp(t, first, "*451002", "*451003", "*702")
	r.requireUnchanged(t, alpha)
	requireLamp(t, first, secondExtension, "terminated")

	_, err := r.pbx.Remove(t.Context(), alpha.prefix)
	require.NoError(t, err)
	require.NotContains(t, r.cli(t, "core show hints"), alpha.prefix)
}

// requireLamp has a phone watch a number, and wait until it is told a state.
func requireLamp(t *testing.T, phone *Phone, number, state string) *Lamp {
	t.Helper()
	lamp, err := phone.Watch(patience(t), number)
	require.NoError(t, err, number)
	require.NoError(t, lamp.WaitState(patience(t), state), number)
	return lamp
}

func requireNoLamp(t *testing.T, phone *Phone, numbers ...string) {
	t.Helper()
	for _, number := range numbers {
		_, err := phone.Watch(patience(t), number)
		var refused *StatusError
		require.ErrorAs(t, err, &refused, number)
		require.Equal(t, 404, refused.Code, number)
	}
}
