// Package guard limits how often somebody may call, and how often he may try
// a password. Package httpapi and the Editor share one [Guard], so that what
// was tried at one door counts at the other.
//
//	g := guard.New(guard.Config{TrustedProxies: proxies})
//	err := g.Try(g.Address(r), username, func() error { return signIn(username, password) })
//
// What it knows is in the memory of one process and bounded: with several
// servers each counts for itself, and a restart forgets.
package guard
