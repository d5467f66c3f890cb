// Package memstore keeps everything in memory: for tests, for trying orgpbx
// out, and as the shortest reading of what a backend has to do.
//
//	db := memstore.New()
//	orgs := org.New(db, org.Options{})
//	resources := resource.New(db, resource.Options{})
//
// Nothing outlives the process. Reads never wait for a change that is being
// made, and changes of one organisation never wait for those of another.
package memstore
