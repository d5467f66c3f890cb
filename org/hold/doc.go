// Package hold keeps what may not be deleted whatever its age: legal holds on a
// call, on all calls with a number, or on everything of an organisation. A hold
// stays as evidence once it is released.
//
//	holds := hold.New(store, hold.Options{})
//	h, err := holds.Place(ctx, organization, hold.Draft{
//		Target: hold.OfNumber, Value: "+919944421125", Reason: "Case 12/2026 of the court in Salem",
//	})
package hold
