package asterisk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/resource"
)

// codes are a number to dial for each extension of the shared context of feature codes. 1003 is a user of the other
// organisation.
func codes() map[string][]string {
	return map[string][]string{
		"*45": {"*45"}, "*46": {"*46"}, "_*4[56]X.": {"*451003", "*461003", "*451001"},
		"_*72[+0-9].": {"*721003"}, "*73": {"*73"},
		"_*90[+0-9].": {"*901003"}, "*91": {"*91"},
		"_*92[+0-9].": {"*921003"}, "*93": {"*93"},
		"*78": {"*78"}, "*79": {"*79"}, "*97": {"*97"},
		"*700": {"*700"}, "_*70[1-9]": {"*701", "*709"}, "_*71X": {"*710"}, "*720": {"*720"},
	}
}

func TestNoCodeReachesAnotherOrganization(t *testing.T) {
	t.Parallel()
	requireAllCodes(t)
	p := startPBX(t, "127.0.0.71", func(prefix string, s *resource.Snapshot) {
		if prefix == "aaaa1111" {
			addUser(prefix, s, 3)
		}
	})
	first, second, third := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2), p.phone(t, "aaaa1111", 3)
	outside := p.call(t, "+15550101001")
	inside := next(t, first)
	requireTogether(t, outside, inside)
	handOn(t, inside, "##", "*700")
	require.NoError(t, inside.WaitDone(patient(t)))

	stranger := p.phone(t, "bbbb2222", 1)
	var numbers []string
	for _, dialled := range codes() {
		numbers = append(numbers, dialled...)
	}
	// Who is parked by the stranger himself is not there to be fetched by him.
	numbers = slices.DeleteFunc(numbers, func(number string) bool { return number == "*700" })
	requireTold(t, stranger, numbers...)
	requireTold(t, stranger, "*700")

	require.Contains(t, p.cli(t, "database show orgpbx-aaaa1111"), "0 results found")
	require.NotContains(t, p.cli(t, "queue show aaaa1111-2001"), "paused")
	for _, phone := range []*asterisktest.Phone{first, second, third} {
		require.Empty(t, phone.Incoming())
	}
	fetched, err := second.Call(patient(t), "*701")
	require.NoError(t, err)
	requireTogether(t, fetched, outside)
}

// requireTold dials numbers at the same time. Each is refused, or is answered by a prompt.
func requireTold(t *testing.T, from *asterisktest.Phone, numbers ...string) {
	t.Helper()
	calls := make([]*asterisktest.Call, len(numbers))
	for i, number := range numbers {
		var err error
		calls[i], err = from.Dial(number)
		require.NoError(t, err)
	}
	for _, call := range calls {
		require.NoError(t, call.WaitAnswer(patient(t)))
		require.NotZero(t, call.StatusCode(), call.To())
		if call.Answered() {
			require.NoError(t, call.HeardAudio(patient(t), 100*time.Millisecond), call.To())
		}
		require.NoError(t, call.Hangup(patient(t)))
	}
}

// requireAllCodes checks that no code of the shared dialplan is missing above.
func requireAllCodes(t *testing.T) {
	t.Helper()
	files, err := asterisk.BaseFiles(asterisk.BaseOptions{Dir: "/srv/pbx"})
	require.NoError(t, err)
	_, text, found := strings.Cut(string(files[1].Text), "\n[orgpbx-codes]\n")
	require.True(t, found)
	text, _, _ = strings.Cut(text, "\n[")
	there := map[string]bool{}
	for line := range strings.Lines(text) {
		if line, ok := strings.CutPrefix(line, "exten => "); ok {
			code, _, _ := strings.Cut(line, ",1,")
			there[code] = true
		}
	}
	for code := range there {
		require.Contains(t, codes(), code)
	}
	require.Len(t, there, len(codes()))
}
