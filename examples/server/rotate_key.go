package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/orgpbx/orgpbx/examples/internal/parts"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store"
)

// rotationPage is how many organisations are read at a time.
const rotationPage = 200

// errWrongOldKey ends --rotate-encryption-key before anything is written.
var errWrongOldKey = errors.New("ORGPBX_ENCRYPTION_KEY_OLD opens nothing of what ORGPBX_ENCRYPTION_KEY does not open: nothing was written")

// errLost ends --rotate-encryption-key when not everything could be opened.
var errLost = errors.New("some values open with neither key and stayed as they were: see above")

// sealedCounts are how many values are sealed with which key. Those in the
// revisions that are kept count too.
type sealedCounts struct{ old, current, lost int }

func (c sealedCounts) plus(o sealedCounts) sealedCounts {
	return sealedCounts{c.old + o.old, c.current + o.current, c.lost + o.lost}
}

// rotation seals what one key sealed with another.
type rotation struct {
	db     store.Store
	sealer *org.Sealer // of both keys
	out    io.Writer
}

// rotateKey is --rotate-encryption-key. It counts first, so that a wrong key is
// found before anything is written. Then each organisation is one transaction:
// whoever stops it in between can start it again.
func rotateKey(ctx context.Context, settings Settings, out io.Writer) error {
	key, err := parts.DecodeKey(settings.EncryptionKey)
	if err != nil {
		return fmt.Errorf("ORGPBX_ENCRYPTION_KEY: %w", err)
	}
	sealer, err := settings.newSealer(key)
	if err != nil {
		return err
	}
	db, err := parts.OpenStore(ctx, settings.DatabaseURL)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // what was written is committed
	return (&rotation{db, sealer, out}).run(ctx, settings.DryRun)
}

func (r *rotation) run(ctx context.Context, dry bool) error {
	found, err := r.all(ctx, false)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(r.out, "found: %d values of the old key, %d of the new one, %d of neither\n", found.old, found.current, found.lost); err != nil {
		return err
	}
	if found.old == 0 && found.lost > 0 {
		return errWrongOldKey
	}
	if dry {
		_, err := fmt.Fprintln(r.out, "dry run: nothing was written")
		return err
	}
	done, err := r.all(ctx, true)
	if err != nil {
		return fmt.Errorf("stopped after %d values, start it again to go on: %w", done.old, err)
	}
	if _, err := fmt.Fprintf(r.out, "done: %d values sealed anew, %d had the new key, %d left as they were\n", done.old, done.current, done.lost); err != nil {
		return err
	}
	if done.lost > 0 {
		return errLost
	}
	return nil
}

// all goes through every organisation. It says what it wrote, and of each
// what could not be opened.
func (r *rotation) all(ctx context.Context, write bool) (sealedCounts, error) {
	var sum sealedCounts
	page := org.Page{Limit: rotationPage}
	for {
		list, err := r.db.Organizations(ctx, org.Filter{}, page)
		if err != nil {
			return sum, err
		}
		for _, o := range list {
			counts, err := r.organization(ctx, o.ID, write)
			if errors.Is(err, org.ErrNotFound) {
				continue // deleted meanwhile
			}
			if err != nil {
				return sum, fmt.Errorf("organization %s: %w", o.ID, err)
			}
			sum = sum.plus(counts)
			if write && counts.old+counts.lost > 0 {
				_, err = fmt.Fprintf(r.out, "%s sealed anew=%d left=%d\n", o.ID, counts.old, counts.lost)
			}
			if err != nil {
				return sum, err
			}
		}
		if len(list) < page.Limit {
			return sum, nil
		}
		page.After = list[len(list)-1].ID
	}
}

// organization seals one organisation's values anew, or only counts them. A
// value that is in several places, as in a trunk and in the revisions that had
// it, stays the same in all of them: to go back to such a revision is no change
// of the trunk.
func (r *rotation) organization(ctx context.Context, id string, write bool) (sealedCounts, error) {
	var counts sealedCounts
	anew := map[string]org.Sealed{}
	value := func(sealed org.Sealed) (org.Sealed, error) {
		replaced, known := anew[string(sealed)]
		if !known {
			var err error
			replaced, err = r.sealer.Reseal(id, sealed)
			if err != nil && !errors.Is(err, org.ErrSealed) {
				return nil, err
			}
			anew[string(sealed)] = replaced // nil when it does not open
		}
		switch {
		case replaced == nil:
			counts.lost++
			return sealed, nil
		case bytes.Equal(replaced, sealed):
			counts.current++
			return sealed, nil
		}
		counts.old++
		if !write {
			return sealed, nil
		}
		return replaced, nil
	}
	err := r.db.Reseal(ctx, id, store.Resealing{
		Value:   value,
		Archive: func(archive []byte) ([]byte, error) { return resource.ResealArchive(archive, value) },
	})
	return counts, err
}
