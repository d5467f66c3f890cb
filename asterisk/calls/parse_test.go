package calls

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/resource/cdr"
)

func TestALineIsTheRecordOfACall(t *testing.T) {
	t.Parallel()
	got, err := parseLine(`"n-1795521600.7","n-1795521600.1","42","aaaa1111","PJSIP/aaaa1111-trunk-00ff-00000002",` +
		`"Local/aaaa1111-phone@aaaa1111-agents-00000000;1","""Ada \\ L."" <+14155550100>","+14155550100","600","NO ANSWER",` +
		`"1795521600.206164","0.000000","1795521600.867107","in","+919944421192","1","concurrent_calls","30","31",` +
		`"opt_out","recorded","1","orgpbx/recording-opt-out@fb729848","a.wav","01a20dad-6870-7000-9af9-27252dd4d26c","1795521601","a column of tomorrow"` + "\n")
	require.NoError(t, err)
	limit, used := 30, 31
	require.Equal(t, cdr.Record{
		ContextPrefix: "aaaa1111", UniqueID: "n-1795521600.7", LinkedID: "n-1795521600.1", Sequence: 42,
		Direction: cdr.In, Disposition: cdr.NoAnswer, Caller: "+14155550100", CallerName: `Ada \ L.`, Called: "+919944421192",
		Endpoint: "aaaa1111-trunk-00ff", AnsweredBy: "aaaa1111-phone",
		StartedAt: time.Unix(1795521600, 206164000).UTC(), EndedAt: time.Unix(1795521600, 867107000).UTC(), Emergency: true,
		Denial:    cdr.Denial{Reason: "concurrent_calls", Limit: &limit, Used: &used},
		Consent:   cdr.Consent{Mode: "opt_out", Choice: "recorded", Digit: "1", Prompt: "orgpbx/recording-opt-out@fb729848", At: time.Unix(1795521601, 0).UTC()},
		Recording: "a.wav", AgentCall: "01a20dad-6870-7000-9af9-27252dd4d26c",
	}, got)
}

func TestACallWithoutADirectionCameIn(t *testing.T) {
	t.Parallel()
	got, err := parseLine(line(1))
	require.NoError(t, err)
	require.Equal(t, cdr.In, got.Direction)
}

func TestWhatIsNoCallOfAnOrganizationIsToldApart(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		field, value string
		want         string
	}{
		"a leg to a queue's member":     {"orgpbx_called", "", errNotOurs.Error()},
		"a call to a number nobody has": {"accountcode", "", errNotOurs.Error()},
		"a sequence that is no number":  {"sequence", "x", "sequence"},
		"a start that is no time":       {"start,u", "2026-11-24 12:00:00", "start,u is no time"},
		"an answer that is no time":     {"answer,u", "1795521600.x", "answer,u is no time"},
	} {
		columns := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line(1), `"`), "\"\n"), `","`)
		columns[slices.Index(fields, tc.field)] = tc.value
		_, err := parseLine(`"` + strings.Join(columns, `","`) + `"`)
		require.ErrorContains(t, err, tc.want, name)
	}
}

func TestEndpointsAreReadFromTheNamesOfChannels(t *testing.T) {
	t.Parallel()
	for channel, want := range map[string]string{
		"PJSIP/aaaa1111-x7f3q9ab-00000001":                   "aaaa1111-x7f3q9ab",
		"PJSIP/aaaa1111-trunk-220415da314d-00000002":         "aaaa1111-trunk-220415da314d",
		"Local/aaaa1111-x7f3q9ab@aaaa1111-agents-0000000a;1": "aaaa1111-x7f3q9ab",
		"Local/600@aaaa1111-internal-0000000a;2":             "",
		"Local/bbbb2222-x@aaaa1111-agents-0000000a;1":        "",
		"AudioSocket/127.0.0.1:9092-abc":                     "",
		"PJSIP/":                                             "",
		"":                                                   "",
	} {
		require.Equal(t, want, endpoint(channel), channel)
	}
}

// Asterisk has 1,024 bytes for the mappings, and keeps 14 free.
func TestTheMappingsOfTheManagerFit(t *testing.T) {
	t.Parallel()
	template := 0
	for mapping := range strings.Lines(ManagerMappings()) {
		field, name, found := strings.Cut(strings.TrimSpace(mapping), " => ")
		require.True(t, found)
		template += len(name + ": ${CDR(" + field + ")}\r\n")
	}
	require.Less(t, template+14, 1024)
	require.NotContains(t, strings.ReplaceAll(CustomMapping(), "${CSV_QUOTE(${CDR(", ""), "$")
}

func FuzzALineNeverBreaksTheReader(f *testing.F) {
	f.Add(line(1))
	f.Add(`"a","b`)
	f.Add("\x00,\xff\"\"")
	f.Fuzz(func(t *testing.T, text string) {
		record, err := parseLine(text)
		if err == nil {
			require.NotEmpty(t, record.ContextPrefix)
			require.NotEmpty(t, record.Direction)
		}
	})
}
