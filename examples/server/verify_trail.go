package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/orgpbx/orgpbx/examples/internal/parts"
	"github.com/orgpbx/orgpbx/org/audit"
)

// errBrokenTrail ends --verify-trail when a chain is not as it was written.
var errBrokenTrail = errors.New("the trail is broken: see above")

// verifyTrail checks every chain of the database and prints each, with the
// hash of its last entry, for --verify-trail.
func verifyTrail(ctx context.Context, settings Settings, out io.Writer) error {
	db, err := parts.OpenStore(ctx, settings.DatabaseURL)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	broken := false
	err = audit.New(db).VerifyAll(ctx, func(v audit.Verdict) error {
		broken = broken || v.Broken != 0
		return printVerdict(out, v)
	})
	if err == nil && broken {
		err = errBrokenTrail
	}
	return err
}

func printVerdict(out io.Writer, v audit.Verdict) error {
	name := v.Chain
	if name == audit.Platform {
		name = "platform"
	}
	state := "ok"
	if v.Broken != 0 {
		state = fmt.Sprintf("BROKEN at %d", v.Broken)
	}
	_, err := fmt.Fprintf(out, "%s %s entries=%d head=%x erased=%d\n", name, state, v.Entries, v.Head, v.Erased)
	return err
}
