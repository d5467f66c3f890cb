package editor_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/orgpbx/orgpbx/httpapi/guard"
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store/bunstore"
)

// BenchmarkTheListOfAThousandOrganisations is the whole answer of the server: the
// first page, and one that is searched for.
func BenchmarkTheListOfAThousandOrganisations(b *testing.B) {
	file, err := sql.Open("sqlite", bunstore.SQLiteDSN(filepath.Join(b.TempDir(), "orgpbx.db")))
	require.NoError(b, err)
	db := bunstore.New(file, bunstore.SQLite)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	require.NoError(b, db.Migrate(b.Context()))
	p := newPanelWith(b, "", resource.NoPBX{}, db, cdr.Options{}, guard.New(guard.Config{Address: guard.NoLimit}))
	profile, err := p.orgs.Draft(org.Hotel)
	require.NoError(b, err)
	for i := range 1000 {
		profile.Name = fmt.Sprintf("Hotel %04d", i)
		_, _, err := p.orgs.Create(b.Context(), profile)
		require.NoError(b, err)
	}
	v := p.administrator(b)
	for name, path := range map[string]string{"first page": "/organizations", "search": "/organizations?q=0999"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				require.Equal(b, http.StatusOK, v.get(path).status)
			}
		})
	}
}

func TestPagesAreSmallWhateverTheyList(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "/panel")
	o := p.organization(t, "Grand Hotel")
	_, err := p.orgs.Update(t.Context(), o.ID, 0, func(p *org.Profile) error {
		p.Settings.MaxUsers, p.Settings.MaxDIDs = limits.Unlimited(), limits.Unlimited()
		return nil
	})
	require.NoError(t, err)
	for i := range 30 {
		p.organization(t, fmt.Sprintf("Hotel with a name that is as long as it may be %d", i))
		p.user(t, o, fmt.Sprint(1001+i))
	}
	trunk := p.trunk(t, o)
	for i := range 30 {
		p.did(t, o, trunk, fmt.Sprintf("+9144400010%02d", i))
	}
	v := p.administrator(t)
	for _, page := range []string{
		"", "/" + o.ID, "/" + o.ID + "/users", "/" + o.ID + "/dids", "/" + o.ID + "/dids/new", "/" + o.ID + "/ivrs/new", "/" + o.ID + "/settings",
		"/" + o.ID + "/webhooks/new", "/" + o.ID + "/deploys", "/" + o.ID + "/usage", "/" + o.ID + "/trail",
	} {
		got := v.get("/organizations" + page)
		require.Equal(t, http.StatusOK, got.status, page)
		require.Less(t, len(got.text), 100_000, page)
	}
}
