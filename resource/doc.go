// Package resource holds what an organisation has on its PBX: users, trunks,
// DIDs, queues, outbound routes, IVRs, conferences and AI agents.
//
// [Service] creates and edits them. Every write is one transaction that locks
// the organisation, checks its quota and what the new object points at, writes,
// and raises the organisation's revision, so two writers can never pass a
// limit together:
//
//	svc := resource.New(store, resource.Options{Sealer: sealer})
//	user, password, err := svc.Users().Create(ctx, orgID, resource.User{Extension: "1001"})
//
// A destination has to exist, and no call may go round in a ring by itself; what
// is refused names the field. [Snapshot.Warnings] says what is stored and does
// not work all the same.
//
// [Snapshot] is all that a PBX must know of one organisation at one revision.
// [PBX] is the port that makes a PBX obey it; package resource/deploy decides
// when.
package resource
