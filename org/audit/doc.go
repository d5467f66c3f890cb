// Package audit is the trail: who wrote what, from where, and what came of it.
//
// The way of an entry, in ten lines:
//
//  1. An interface makes a [Record] for each writing operation and hands it
//     down with the context: who calls, from where, which operation.
//  2. The service that changes something says so inside its transaction, by
//     [Changed], with the object before and after.
//  3. The store, at the end of that transaction, takes the [Entry] that came of
//     it, links it to the chain of the organisation and saves it: change and
//     entry are there together, or neither is.
//  4. What changed nothing, as what was refused, the interface has appended by
//     [Service.Finish], in a transaction of its own.
//  5. A chain is numbered from 1 and each entry carries the hash of the one
//     before. [Service.Verify] finds the first that does not fit.
//  6. Each organisation has a chain; [Platform] is that of what belongs to none.
//  7. What may be about a person is in [Entry.Details], of which the chain has a
//     salted hash only: it goes with the organisation, and the chain still fits.
//  8. Databases refuse every other change of an entry, by triggers.
//
// A member's password, a trunk's password and whatever else an object does not
// show as JSON is in no entry, nor is the value of a field that is named in
// [Changed] as a secret.
//
//	ctx, record := audit.Begin(ctx, audit.Entry{Operation: "update-user", ...}, audit.Details{...})
//	err := users.Update(ctx, ...)
//	trail.Finish(ctx, record, organizationID, "ok")
package audit
