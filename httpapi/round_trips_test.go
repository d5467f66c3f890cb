package httpapi_test

import (
	"context"
	"net/http"
	"os/exec"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/apikey"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/resource/subject"
	"github.com/orgpbx/orgpbx/resource/webhook"
	"github.com/orgpbx/orgpbx/store"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// countingStore counts the reads that an authenticated GET may need.
type countingStore struct {
	store.Store
	reads atomic.Int64
	// placements are looks at where an organisation is.
	placements atomic.Int64
}

func (s *countingStore) Placement(ctx context.Context, contextPrefix string) (resource.Placement, error) {
	s.reads.Add(1)
	s.placements.Add(1)
	return s.Store.Placement(ctx, contextPrefix)
}

func (s *countingStore) Organization(ctx context.Context, id string) (org.Organization, error) {
	s.reads.Add(1)
	return s.Store.Organization(ctx, id)
}

func (s *countingStore) CredentialByAPIKey(ctx context.Context, key string) (org.Credential, error) {
	s.reads.Add(1)
	return s.Store.CredentialByAPIKey(ctx, key)
}

func (s *countingStore) Session(ctx context.Context, hash [32]byte) (org.Session, org.Credential, error) {
	s.reads.Add(1)
	return s.Store.Session(ctx, hash)
}

func (s *countingStore) MemberSession(ctx context.Context, hash [32]byte) (member.Session, member.Membership, error) {
	s.reads.Add(1)
	return s.Store.MemberSession(ctx, hash)
}

func (s *countingStore) Webhooks() resource.Finder[webhook.Webhook] {
	return countingFinder[webhook.Webhook]{s.Store.Webhooks(), &s.reads}
}

func (s *countingStore) APIKeys() apikey.Finder {
	return countingFinder[org.APIKey]{s.Store.APIKeys(), &s.reads}
}

func (s *countingStore) Holds() hold.Finder {
	return countingFinder[hold.Hold]{s.Store.Holds(), &s.reads}
}

func (s *countingStore) SubjectRequests() subject.Finder {
	return countingFinder[subject.Request]{s.Store.SubjectRequests(), &s.reads}
}

func (s *countingStore) Members() member.Finder {
	return countingFinder[member.Member]{s.Store.Members(), &s.reads}
}

func (s *countingStore) Snapshot(ctx context.Context, organizationID string) (resource.Snapshot, error) {
	s.reads.Add(1)
	return s.Store.Snapshot(ctx, organizationID)
}

func (s *countingStore) Counts(ctx context.Context, organizationID string) (resource.Counts, error) {
	s.reads.Add(1)
	return s.Store.Counts(ctx, organizationID)
}

func (s *countingStore) Organizations(ctx context.Context, filter org.Filter, page org.Page) ([]org.Organization, error) {
	s.reads.Add(1)
	return s.Store.Organizations(ctx, filter, page)
}

func (s *countingStore) Deployments(ctx context.Context, organizationID string, page org.Page) ([]deploy.Deployment, error) {
	s.reads.Add(1)
	return s.Store.Deployments(ctx, organizationID, page)
}

func (s *countingStore) Call(ctx context.Context, organizationID, id string) (cdr.Call, error) {
	s.reads.Add(1)
	return s.Store.Call(ctx, organizationID, id)
}

func (s *countingStore) Calls(ctx context.Context, organizationID string, filter cdr.Filter, page org.Page) ([]cdr.Call, error) {
	s.reads.Add(1)
	return s.Store.Calls(ctx, organizationID, filter, page)
}

func (s *countingStore) SearchCalls(ctx context.Context, organizationID string, filter cdr.Filter, page org.Page, most int) ([]cdr.Call, string, error) {
	s.reads.Add(1)
	return s.Store.SearchCalls(ctx, organizationID, filter, page, most)
}

func (s *countingStore) BilledSeconds(ctx context.Context, organizationID string, from, to time.Time) (int64, error) {
	s.reads.Add(1)
	return s.Store.BilledSeconds(ctx, organizationID, from, to)
}

func (s *countingStore) Users() resource.Finder[resource.User] {
	return countingFinder[resource.User]{s.Store.Users(), &s.reads}
}

func (s *countingStore) Trunks() resource.Finder[resource.Trunk] {
	return countingFinder[resource.Trunk]{s.Store.Trunks(), &s.reads}
}

func (s *countingStore) DIDs() resource.Finder[resource.DID] {
	return countingFinder[resource.DID]{s.Store.DIDs(), &s.reads}
}

func (s *countingStore) Queues() resource.Finder[resource.Queue] {
	return countingFinder[resource.Queue]{s.Store.Queues(), &s.reads}
}

func (s *countingStore) OutboundRoutes() resource.Finder[resource.OutboundRoute] {
	return countingFinder[resource.OutboundRoute]{s.Store.OutboundRoutes(), &s.reads}
}

func (s *countingStore) IVRs() resource.Finder[resource.IVR] {
	return countingFinder[resource.IVR]{s.Store.IVRs(), &s.reads}
}

func (s *countingStore) Conferences() resource.Finder[resource.Conference] {
	return countingFinder[resource.Conference]{s.Store.Conferences(), &s.reads}
}

func (s *countingStore) AIAgents() resource.Finder[resource.AIAgent] {
	return countingFinder[resource.AIAgent]{s.Store.AIAgents(), &s.reads}
}

type countingFinder[T any] struct {
	resource.Finder[T]
	reads *atomic.Int64
}

func (f countingFinder[T]) Get(ctx context.Context, organizationID, id string) (T, error) {
	f.reads.Add(1)
	return f.Finder.Get(ctx, organizationID, id)
}

func (f countingFinder[T]) List(ctx context.Context, organizationID string, page org.Page) ([]T, error) {
	f.reads.Add(1)
	return f.Finder.List(ctx, organizationID, page)
}

func TestAReadTakesAtMostTwoLooksAtTheStore(t *testing.T) {
	t.Parallel()
	counting := &countingStore{Store: memstore.New()}
	s := newServer(t, options{store: counting})
	f := s.newFurnished(t, "Delta One", "+914440001000")
	bare := s.newTenant(t, "Delta Two")
	ofAdmin := s.client(t).bearer(s.client(t).token("/admin/auth", adminLogin))

	kinds := []string{"/users", "/trunks", "/dids", "/queues", "/outbound-routes", "/ivrs", "/conferences", "/ai-agents", "/org-users", "/calls", "/webhooks", "/api-keys", "/legal-holds"}
	single := []string{"/organization", "/compliance"}
	paths := slices.Concat(kinds, single, []string{"/queues/" + f.queue + "/members", "/config/deployments", "/config/plan", "/config/status"})
	for collection, id := range f.allIDs() {
		if collection != "/organizations/" {
			paths = append(paths, collection+id)
		}
	}
	for name, c := range map[string]client{
		"key pair":                 f.client,
		"organisation's Basic":     s.client(t).basic(f.key, f.secret),
		"organisation's token":     s.login(t, f.tenant),
		"member's token":           f.owner,
		"administrator's password": s.admin.on(f.id),
	} {
		for _, path := range paths {
			counting.expectReads(t, c, path, 2, name)
		}
	}
	for name, c := range map[string]client{
		"key pair":                 bare.client,
		"organisation's Basic":     s.client(t).basic(bare.key, bare.secret),
		"organisation's token":     s.login(t, bare),
		"administrator's password": s.admin.on(bare.id),
	} {
		for _, path := range kinds {
			counting.expectReads(t, c, path, 2, "empty by "+name)
		}
	}
	for name, c := range map[string]client{"administrator's password": s.admin, "administrator's token": ofAdmin} {
		counting.expectReads(t, c, "/organizations", 2, name)
		counting.expectReads(t, c, "/organizations?q=nobody", 2, name)
		counting.expectReads(t, c, "/organizations/"+f.id, 2, name)
	}
	// What is used is in two places: what is stored, and what was called.
	counting.expectReads(t, f.client, "/usage", 3, "key pair")
	counting.expectReads(t, s.admin, "/organizations/"+f.id+"/usage", 3, "administrator's password")

	// The administrator's token brings no organisation along, so its usage, whether it
	// exists where a list is empty, and whether it masks what it has, cost a third look.
	masked := []string{"/calls", "/legal-holds"}
	for _, path := range slices.Concat(kinds, []string{"/organization", "/compliance", "/users/" + f.user}) {
		most := int64(2)
		if slices.Contains(masked, path) {
			most = 3
		}
		counting.expectReads(t, ofAdmin.on(f.id), path, most, "administrator's token")
	}
}

// expectReads checks that a GET looks at the store, and at most so many times.
func (s *countingStore) expectReads(t *testing.T, c client, path string, most int64, name string) {
	t.Helper()
	s.reads.Store(0)
	c.get(path).expect(http.StatusOK)
	require.Positive(t, s.reads.Load(), "%s by %s", path, name)
	require.LessOrEqual(t, s.reads.Load(), most, "%s by %s", path, name)
}

// A password hash is made to take tens of milliseconds. Every call carries the
// API secret, so none may be on its way: it is checked by package org, which has
// none in what it is built from. People's passwords have a package of their own.
func TestNoPasswordHashIsOnTheWayOfAnAPIKey(t *testing.T) {
	t.Parallel()
	packages, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "../org").Output()
	require.NoError(t, err)
	require.Contains(t, string(packages), "github.com/orgpbx/orgpbx/org\n")
	for _, hash := range []string{"argon2", "bcrypt", "scrypt", "pbkdf2"} {
		require.NotContains(t, string(packages), "x/crypto/"+hash)
	}
}
