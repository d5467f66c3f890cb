package memstore

import (
	"bytes"
	"context"
	"slices"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/webhook"
	"github.com/orgpbx/orgpbx/store"
)

// Reseal implements [store.Resealer].
func (s *Store) Reseal(ctx context.Context, organizationID string, r store.Resealing) error {
	return s.change(ctx, organizationID, func(next *state) (released, made []claim, err error) {
		edits := []func() error{
			func() error {
				return resealRows(trunkKind, next, r, func(t *resource.Trunk) []*org.Sealed { return []*org.Sealed{&t.Password} })
			},
			func() error {
				return resealRows(memberKind, next, r, func(m *member.Member) []*org.Sealed { return []*org.Sealed{&m.TOTP.Seed} })
			},
			func() error {
				return resealRows(webhookKind, next, r, func(w *webhook.Webhook) []*org.Sealed { return []*org.Sealed{&w.Secret, &w.OldSecret} })
			},
			func() error { return resealRevisions(next, r) },
		}
		for _, edit := range edits {
			if err := edit(); err != nil {
				return nil, nil, err
			}
		}
		return nil, nil, nil
	})
}

func resealRows[T any](k kind[T], next *state, r store.Resealing, sealed func(*T) []*org.Sealed) error {
	list := k.rows(next)
	*list = slices.Clone(*list)
	for i, row := range *list {
		v := k.clone(*row)
		for _, value := range sealed(&v) {
			if len(*value) == 0 {
				continue
			}
			anew, err := r.Value(bytes.Clone(*value))
			if err != nil {
				return err
			}
			*value = bytes.Clone(anew)
		}
		(*list)[i] = &v
	}
	return nil
}

func resealRevisions(next *state, r store.Resealing) error {
	next.revisions = slices.Clone(next.revisions)
	for i := range next.revisions {
		archive, err := r.Archive(bytes.Clone(next.revisions[i].snapshot))
		if err != nil {
			return err
		}
		next.revisions[i].snapshot = bytes.Clone(archive)
	}
	return nil
}
