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
