package resource

import "github.com/orgpbx/orgpbx/org"

// ErrSealed is [org.ErrSealed].
var ErrSealed = org.ErrSealed

// Sealed is a sealed trunk password; see [org.Sealed].
type Sealed = org.Sealed

// Sealer seals trunk passwords; see [org.Sealer].
type Sealer = org.Sealer

// NewSealer is [org.NewSealer].
func NewSealer(key []byte, old ...[]byte) (*Sealer, error) { return org.NewSealer(key, old...) }
