package resource

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
)

// Restore makes the resources of an organisation what they were in a snapshot
// of it that [UnarchiveSnapshot] returned, in one transaction: what came since
// is deleted, what went is back under its old id, with the SIP credential and
// the sealed password that it had. The organisation itself stays as it is now:
// its name, status, limits, features and compliance are no resources.
//
// Nothing is saved when it returns an error: [org.ErrNotFound] when there is
// no such organisation, a [*limits.ExceededError] when something would have to
// come back and the limit of today does not allow that many, an
// [*org.DuplicateError] when another organisation has something that is unique
// on the platform, such as a DID's number, by now, or an [*org.InvalidError]
// when something breaks a rule that was made since. Their fields start with
// the resource, such as "did[ID].number".
func (s *Service) Restore(ctx context.Context, organizationID string, past Snapshot) error {
	err := s.store.Change(ctx, organizationID, func(tx Tx) error {
		return s.restore(ctx, tx, organizationID, past)
	})
	if err != nil {
		return fmt.Errorf("restore revision %d: %w", past.Revision(), err)
	}
	s.opts.Changed(organizationID)
	return nil
}

// RehearseRestore returns what the organisation would be after
// [Service.Restore], or the error of that, and saves nothing.
func (s *Service) RehearseRestore(ctx context.Context, organizationID string, past Snapshot) (Snapshot, error) {
	var after Snapshot
	rehearsed := errors.New("a rehearsal saves nothing")
	err := s.store.Change(ctx, organizationID, func(tx Tx) error {
		if err := s.restore(audit.Without(ctx), tx, organizationID, past); err != nil {
			return err
		}
		var err error
		if after, err = tx.Snapshot(ctx, organizationID); err != nil {
			return err
		}
		return rehearsed
	})
	if !errors.Is(err, rehearsed) {
		return Snapshot{}, fmt.Errorf("rehearse going back to revision %d: %w", past.Revision(), err)
	}
	return after, nil
}

// restore clears everything that has to change before it puts anything back,
// so that values which are unique can change hands, and checks what it put
// back once all of it is there.
func (s *Service) restore(ctx context.Context, tx Tx, organizationID string, past Snapshot) error {
	now, err := tx.Snapshot(ctx, organizationID)
	if err != nil {
		return err
	}
	r := restoration{organizationID: organizationID, tx: tx, now: s.now(), jump: now.Revision() - past.Revision() + 1}
	if now, err = archived(now); err != nil {
		return err
	}
	kinds := restorables(r, now, past)
	for _, step := range []func(restorable, context.Context) error{
		restorable.checkQuota, restorable.clear, restorable.putBack, restorable.check,
	} {
		for _, k := range kinds {
			if err := step(k, ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func restorables(r restoration, now, past Snapshot) []restorable {
	return []restorable{
		restoring(r, userKind, now.Users, past.Users),
		restoring(r, trunkKind, now.Trunks, past.Trunks),
		restoring(r, didKind, now.DIDs, past.DIDs),
		restoring(r, queueKind, now.Queues, past.Queues),
		restoring(r, routeKind, now.OutboundRoutes, past.OutboundRoutes),
		restoring(r, ivrKind, now.IVRs, past.IVRs),
		restoring(r, conferenceKind, now.Conferences, past.Conferences),
		restoring(r, agentKind, now.AIAgents, past.AIAgents),
	}
}

// archived is a snapshot as it comes out of an archive, to be compared with
// another one that did.
func archived(s Snapshot) (Snapshot, error) {
	archive, err := s.Archive()
	if err != nil {
		return Snapshot{}, err
	}
	return UnarchiveSnapshot(archive)
}

// restoration is one organisation on its way back.
type restoration struct {
	organizationID string
	tx             Tx
	now            time.Time
	// jump is what the version of a resource is raised by. Each edit of one
	// raises the revision too, so the new version is none that the resource had
	// since, and nobody's If-Match takes one for the other.
	jump int64
}

// restorable is a kind of resource that is being restored.
type restorable interface {
	checkQuota(ctx context.Context) error
	clear(ctx context.Context) error
	putBack(ctx context.Context) error
	check(ctx context.Context) error
}

type restoredKind[T any] struct {
	restoration
	kind    kind[T]
	today   map[string]T // by id
	cleared []string     // ids of what is gone in the past, or was otherwise
	back    []T          // what is gone today, or otherwise
	added   int          // how many of those are gone
	after   int          // how many there will be
}

func restoring[T any](r restoration, k kind[T], now, past []T) *restoredKind[T] {
	rk := &restoredKind[T]{restoration: r, kind: k, today: map[string]T{}, after: len(past)}
	for _, v := range now {
		rk.today[k.meta(&v).ID] = v
	}
	stays := map[string]bool{}
	for _, v := range past {
		meta := k.meta(&v)
		is, there := rk.today[meta.ID]
		if stays[meta.ID] = there && rk.same(is, v); stays[meta.ID] {
			continue
		}
		if !there {
			rk.added++
		}
		meta.Version += r.jump
		meta.UpdatedAt = r.now
		rk.back = append(rk.back, v)
	}
	for _, v := range now {
		if id := k.meta(&v).ID; !stays[id] {
			rk.cleared = append(rk.cleared, id)
		}
	}
	return rk
}

// same reports whether two are alike but for their versions.
func (k *restoredKind[T]) same(a, b T) bool {
	*k.kind.meta(&a), *k.kind.meta(&b) = Meta{}, Meta{}
	return reflect.DeepEqual(a, b)
}

// checkQuota lets an organisation that has more than its limit keep what it
// has, and nothing come back.
func (k *restoredKind[T]) checkQuota(context.Context) error {
	if k.kind.quota == "" || k.added == 0 {
		return nil
	}
	limit := k.tx.Organization().Settings.Quota(k.kind.quota)
	if limit.Allows(k.after - 1) {
		return nil
	}
	most, _ := limit.Value()
	return &limits.ExceededError{Kind: k.kind.quota, Limit: most, Used: len(k.today)}
}

func (k *restoredKind[T]) clear(ctx context.Context) error {
	for _, id := range k.cleared {
		if err := k.kind.table(k.tx).Delete(ctx, k.organizationID, id); err != nil {
			return err
		}
	}
	return nil
}

func (k *restoredKind[T]) putBack(ctx context.Context) error {
	for _, v := range k.back {
		if err := k.kind.table(k.tx).Insert(ctx, k.organizationID, v); err != nil {
			return k.about(v, err)
		}
	}
	return k.note(ctx)
}

// note tells the trail and the webhooks what changes.
func (k *restoredKind[T]) note(ctx context.Context) error {
	back := map[string]bool{}
	for _, v := range k.back {
		id := k.kind.meta(&v).ID
		back[id] = true
		var before *T
		if old, there := k.today[id]; there {
			before = &old
		}
		if err := k.kind.changed(ctx, k.tx, k.now, before, &v); err != nil {
			return err
		}
	}
	for _, id := range k.cleared {
		if old := k.today[id]; !back[id] {
			if err := k.kind.changed(ctx, k.tx, k.now, &old, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func (k *restoredKind[T]) check(ctx context.Context) error {
	for _, v := range k.back {
		if err := k.kind.check(ctx, k.tx, k.organizationID, &v); err != nil {
			return k.about(v, err)
		}
	}
	return nil
}

// about says of which resource the fields of an error are.
func (k *restoredKind[T]) about(v T, err error) error {
	prefix := fmt.Sprintf("%s[%s].", k.kind.name, k.kind.meta(&v).ID)
	var (
		invalid   *org.InvalidError
		duplicate *org.DuplicateError
	)
	switch {
	case errors.As(err, &duplicate):
		return &org.DuplicateError{Field: prefix + duplicate.Field}
	case errors.As(err, &invalid):
		fields := slices.Clone(invalid.Fields)
		for i := range fields {
			fields[i].Field = prefix + fields[i].Field
		}
		return &org.InvalidError{Fields: fields}
	default:
		return err
	}
}
