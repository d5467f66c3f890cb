// Package apikey makes the named API keys of an organisation: credentials beside
// its main one, each with its own secret and no more rights than its scopes.
// Whom they let in, package org decides, by the same code as for the main one.
//
//	keys := apikey.New(store, apikey.Options{})
//	key, secret, err := keys.Create(ctx, who.May, organizationID, apikey.Draft{
//		Name: "billing", Scopes: []string{string(member.ReadCalls)},
//	})
package apikey
