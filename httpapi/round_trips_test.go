package httpapi_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// countingStore counts the reads that an authenticated GET may need.
type countingStore struct {
	store.Store
	reads atomic.Int64
}

func (s *countingStore) Organization(ctx context.Context, id string) (org.Organization, error) {
	s.reads.Add(1)
	return s.Store.Organization(ctx, id)
}

func (s *countingStore) OrganizationByAPIKey(ctx context.Context, key string) (org.Organization, error) {
	s.reads.Add(1)
	return s.Store.OrganizationByAPIKey(ctx, key)
}

func (s *countingStore) Session(ctx context.Context, hash [32]byte) (org.Session, org.Organization, error) {
	s.reads.Add(1)
	return s.Store.Session(ctx, hash)
}

func (s *countingStore) Counts(ctx context.Context, organizationID string) (resource.Counts, error) {
	s.reads.Add(1)
	return s.Store.Counts(ctx, organizationID)
}

func (s *countingStore) Users() resource.Finder[resource.User] {
	return countingFinder{s.Store.Users(), &s.reads}
}

type countingFinder struct {
	resource.Finder[resource.User]
	reads *atomic.Int64
}

func (f countingFinder) Get(ctx context.Context, organizationID, id string) (resource.User, error) {
	f.reads.Add(1)
	return f.Finder.Get(ctx, organizationID, id)
}

func (f countingFinder) List(ctx context.Context, organizationID string, page org.Page) ([]resource.User, error) {
	f.reads.Add(1)
	return f.Finder.List(ctx, organizationID, page)
}

func TestAReadTakesAtMostTwoLooksAtTheStore(t *testing.T) {
	t.Parallel()
	counting := &countingStore{Store: memstore.New()}
	s := newServer(t, options{store: counting})
	o := s.newTenant(t, "Delta One")
	user := o.post("/users", `{"extension":"1001"}`).expect(http.StatusCreated).text("id")
	session := s.login(t, o)
	admin := s.client(t).bearer(s.client(t).token("/admin/auth", adminLogin)).on(o.id)

	for name, c := range map[string]client{"key pair": o.client, "organisation's token": session, "administrator's token": admin, "administrator's password": s.admin.on(o.id)} {
		for _, path := range []string{"/users", "/users/" + user, "/organization", "/compliance"} {
			counting.reads.Store(0)
			c.get(path).expect(http.StatusOK)
			require.LessOrEqual(t, counting.reads.Load(), int64(2), "%s by %s", path, name)
			require.Positive(t, counting.reads.Load())
		}
	}
}
