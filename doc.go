// Package orgpbx is the front page of a library for organisations, limits and
// compliance on a multi-tenant Asterisk PBX. It holds no code: import the
// packages below it.
//
// Start with package org (who a tenant is), limits (what it may use) and
// resource (what it has on the PBX). Package resource/deploy keeps a PBX in
// step with the store, asterisk renders what Asterisk loads, and httpapi serves
// it all as an HTTP API. The binaries under examples wire everything together.
package orgpbx
