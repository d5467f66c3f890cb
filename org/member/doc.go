// Package member holds the people who sign in for an organisation: who they
// are, what their role lets them do, and how they prove it.
//
// Start with [Member] and [Role], then the table of [Permission]. [Service] is
// what an embedder holds; [Store] is what it needs from a database.
//
//	people := member.New(store, member.Options{})
//	invited, delivery, err := people.Invite(ctx, member.OwnersRights(), o.ID, member.Invitation{
//		Email: "asha@example.com", Profile: member.Profile{Name: "Asha Nair", Role: member.Owner},
//	})
//	// Without a mailer, delivery.URL is for her alone.
//	_, err = people.AcceptInvitation(ctx, token, password)
//	token, session, err := people.Login(ctx, member.Credentials{Email: "asha@example.com", Password: password})
//
// A person belongs to an organisation, not to the platform: the same e-mail
// address in two organisations is two members with two passwords, so nothing
// that one organisation does to its member reaches into another.
//
// Errors are those of package org, and the sentinels of this package.
package member
