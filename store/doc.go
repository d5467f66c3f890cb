// Package store names what orgpbx needs from a database: the ports of the
// packages org, org/member, org/audit, resource, resource/cdr and resource/deploy
// together.
//
// Two backends are here, store/memstore in memory and store/bunstore on SQLite
// and Postgres. An embedder may bring his own: package store/storetest is the
// suite every backend has to pass.
//
//	func TestMyStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) store.Store { return mystore.New() })
//	}
package store
