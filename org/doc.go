// Package org holds the organisations of a multi-tenant PBX: who a tenant is,
// what it may use, the rules it records by, and the credentials it calls the
// API with.
//
// Start with [Organization] and [Profile], which is the domain in one page.
// [Service] is what an embedder holds; [Store] is what it needs from a
// database. A new organisation starts from the [Preset] of its industry:
//
//	orgs := org.New(store, org.Options{})
//	profile, err := orgs.Draft(org.Hotel)
//	profile.Name = "Grand-Estancia-Salem"
//	profile.Settings.MaxUsers = limits.AtMost(80)
//	created, secret, err := orgs.Create(ctx, profile)
//	// secret.Reveal() is shown this once; only its hash is stored.
//
// An organisation is active, suspended or gone. Suspended, every credential of
// it is refused at once with [ErrSuspended], its configuration stays in the
// PBX, and new calls fail.
//
// Errors are the sentinels of this package, [*InvalidError] with every broken
// field, and [*DuplicateError]. None of them carries a submitted value.
package org
