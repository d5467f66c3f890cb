package asterisk_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/resource"
)

func TestAPhoneWatchesItsColleagues(t *testing.T) {
	t.Parallel()
	p := startWithThree(t, "127.0.0.69", nil)
	first, second, third := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2), p.phone(t, "aaaa1111", 3)
	watch := func(number string) *asterisktest.Lamp {
		lamp, err := third.Watch(patient(t), number)
		require.NoError(t, err)
		require.NoError(t, lamp.WaitState(patient(t), "terminated"))
		return lamp
	}
	colleague, loggedOut, paused := watch("1002"), watch("*451001"), watch("*461001")

	second.OnIncoming(asterisktest.Ring)
	made, err := first.Dial("1002")
	require.NoError(t, err)
	require.NoError(t, colleague.WaitState(patient(t), "early"))
	require.NoError(t, next(t, second).Answer(patient(t)))
	require.NoError(t, colleague.WaitState(patient(t), "confirmed"))
	require.NoError(t, made.WaitAnswer(patient(t)))
	require.NoError(t, made.Hangup(patient(t)))
	require.NoError(t, colleague.WaitState(patient(t), "terminated"))

	dialCode(t, second, "*78")
	require.Eventually(t, func() bool { return strings.Contains(p.cli(t, "core show hint 1002"), "State:Busy") },
		patience, 20*time.Millisecond)
	require.NoError(t, colleague.WaitState(patient(t), "confirmed"))
	dialCode(t, second, "*79")
	require.NoError(t, colleague.WaitState(patient(t), "terminated"))

	for code, lamp := range map[string]*asterisktest.Lamp{"*45": loggedOut, "*46": paused} {
		dialCode(t, first, code)
		require.NoError(t, lamp.WaitState(patient(t), "confirmed"), code)
		dialCode(t, first, code)
		require.NoError(t, lamp.WaitState(patient(t), "terminated"), code)
	}
}

func TestNobodyWatchesAnotherOrganization(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.70", func(prefix string, s *resource.Snapshot) {
		if prefix == "bbbb2222" {
			s.Users[1].Extension = "1003"
		}
	})
	p.phone(t, "bbbb2222", 2)
	phone := p.phone(t, "aaaa1111", 1)
	for _, number := range []string{
		"1003", "*451003", "*461003", "bbbb2222-phone2", "1003%40bbbb2222-internal", "s", "+15550102001",
	} {
		_, err := phone.Watch(patient(t), number)
		var refused *asterisktest.StatusError
		require.ErrorAs(t, err, &refused, number)
		require.Equal(t, 404, refused.Code, number)
	}
}
