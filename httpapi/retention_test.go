package httpapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/resource/cdr"
)

func TestThePreviewOfRetentionSaysWhatGoesAndWhatIsHeld(t *testing.T) {
	t.Parallel()
	s, dir := newRecordings(t)
	o, other := s.newTenant(t, "Delta One"), s.newTenant(t, "Delta Two")
	old := time.Now().UTC().AddDate(-2, 0, 0).Truncate(time.Second)
	s.newCall(t, o, cdr.Record{StartedAt: old.Add(time.Hour), Recording: "1.wav"})
	held := s.newCall(t, o, cdr.Record{StartedAt: old.AddDate(0, 1, 0)})
	s.newRecording(t, o, dir, "today.wav", "sound")
	s.newCall(t, other, cdr.Record{StartedAt: old})
	o.post("/legal-holds", `{"target":"call","value":"`+held+`","reason":"Case 12/2026"}`).expect(http.StatusCreated)
	nothing := `{"count":0,"bytes":0,"first":null,"latest":null}`
	one := func(at time.Time) string {
		return `{"count":1,"bytes":0,"first":"` + at.Format(time.RFC3339) + `","latest":"` + at.Format(time.RFC3339) + `"}`
	}
	preview := o.get("/compliance/retention/preview").expect(http.StatusOK)
	require.JSONEq(t, `{"complete":true,"calls":{"delete":`+one(old.Add(time.Hour))+`,"held":`+one(old.AddDate(0, 1, 0))+`},`+
		`"recordings":{"delete":`+one(old.Add(time.Hour))+`,"held":`+nothing+`}}`, string(preview.body))
}

func TestAShorterRetentionIsConfirmed(t *testing.T) {
	t.Parallel()
	s, _ := newRecordings(t)
	o := s.newTenant(t, "Delta One")
	path := "/organizations/" + o.id
	o.put("/compliance", `{"retention_cdr_days":300,"retention_recording_days":200}`).expect(http.StatusOK) // nothing is past them
	s.newCall(t, o, cdr.Record{StartedAt: time.Now().AddDate(0, 0, -100), Recording: "1.wav"})
	requireAsked := func(a answer, calls, recordings int) {
		t.Helper()
		a.problem(http.StatusConflict, "confirmation_required")
		require.EqualValues(t, calls, a.value("retention.calls.delete.count"))
		require.EqualValues(t, recordings, a.value("retention.recordings.delete.count"))
	}
	before := s.admin.get(path).expect(http.StatusOK)
	requireAsked(o.put("/compliance", `{"retention_cdr_days":90}`), 1, 1)
	requireAsked(o.put("/compliance?confirm=false", `{"retention_recording_days":90,"pii_masking":true}`), 0, 1)
	requireAsked(s.admin.patch(path, `{"name":"Delta Three","compliance":{"retention_cdr_days":7}}`), 1, 1)
	requireAsked(s.admin.put(path, `{"compliance":{"retention_cdr_days":7}}`), 1, 1)
	require.JSONEq(t, string(before.body), string(s.admin.get(path).expect(http.StatusOK).body), "nothing is saved")

	o.put("/compliance?confirm=yes", `{"retention_cdr_days":90}`).breaks("confirm")
	o.put("/compliance?confirm=true", `{"retention_cdr_days":0}`).breaks("retention_cdr_days")
	o.put("/compliance", `{"retention_cdr_days":0,"retention_recording_days":1}`).breaks("retention_cdr_days")
	o.put("/compliance", `{"retention_cdr_days":101,"retention_recording_days":null}`).expect(http.StatusOK)
	require.EqualValues(t, 90, o.put("/compliance?confirm=true", `{"retention_cdr_days":90}`).expect(http.StatusOK).value("retention_cdr_days"))
	require.Len(t, o.get("/calls").items(), 1, "nothing goes before the next run")
	o.put("/compliance", `{"retention_recording_days":90}`).expect(http.StatusOK) // as long as it was kept before
	s.admin.patch(path+"?confirm=true", `{"compliance":{"retention_cdr_days":7}}`).expect(http.StatusOK)

	var outcomes []string
	for _, e := range o.get("/audit-log?limit=200").items() {
		if at[string](t, e, "operation") == "put-compliance" {
			outcomes = append(outcomes, at[string](t, e, "outcome"))
		}
	}
	require.Contains(t, outcomes, "confirmation_required")
}
