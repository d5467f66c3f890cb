package storetest

import (
	"testing"

	"github.com/orgpbx/orgpbx/store"
)

// Run checks one backend. open is called once for every sub-test and returns
// an empty store, which Run closes. What else the store needs freed, such as
// its database, open gives to t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	t.Helper()
	for _, s := range []chapter{
		{"organizations", organizationTests},
		{"credentials and sessions", sessionTests},
		{"members", memberTests},
		{"users", tableTests(users)},
		{"trunks", tableTests(trunks)},
		{"dids", tableTests(dids)},
		{"queues", tableTests(queues)},
		{"outbound routes", tableTests(routes)},
		{"ivrs", tableTests(ivrs)},
		{"conferences", tableTests(conferences)},
		{"ai agents", tableTests(agents)},
		{"changes", changeTests},
		{"snapshots", snapshotTests},
		{"quotas", quotaTests},
		{"restores", restoreTests},
		{"isolation", isolationTests},
		{"deployments", deploymentTests},
		{"leases", leaseTests},
		{"revisions", revisionTests},
		{"deletion", deletionTests},
		{"placements", placementTests},
		{"calls", callTests},
		{"own numbers", numberTests},
		{"purges", purgeTests},
		{"archive", archiveTests},
		{"holds", holdTests},
		{"data subjects", subjectTests},
		{"requests of data subjects", subjectRequestTests},
		{"trail", trailTests},
		{"api keys", apiKeyTests},
		{"idempotency", idempotencyTests},
		{"resealing", resealTests},
		{"webhooks", webhookTests},
		{"outbox", outboxTests},
		{"deliveries", deliveryTests},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for _, test := range s.tests {
				t.Run(test.name, func(t *testing.T) {
					t.Parallel()
					db := open(t)
					t.Cleanup(func() {
						if err := db.Close(); err != nil {
							t.Errorf("close the store: %v", err)
						}
					})
					test.run(t, db)
				})
			}
		})
	}
}

// chapter is a part of the ports, and what is promised of it.
type chapter struct {
	name  string
	tests []test
}

type test struct {
	name string // a sentence: the promise
	run  func(t *testing.T, db store.Store)
}
