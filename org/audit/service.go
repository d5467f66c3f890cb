package audit

import (
	"context"
	"errors"
	"fmt"
)

// batch is how many entries are read at a time when all are wanted.
const batch = 500

// Service appends, reads and checks the trail. It is safe for concurrent use.
type Service struct {
	store Store
}

// New returns a service on a store.
func New(store Store) *Service { return &Service{store} }

// Finish appends what no change has saved with itself: an operation that was
// refused, or that changed nothing. It does nothing when the entry is saved
// already. The chain of an organisation that does not exist is the platform's.
func (s *Service) Finish(ctx context.Context, r *Record, chain, outcome string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.saved {
		return nil
	}
	r.noted = r.outside // and nothing of a transaction that was not saved
	for _, chain := range []string{chain, Platform} {
		e, err := r.finished(chain, outcome)
		if err != nil {
			return err
		}
		saved, err := s.store.AppendEntry(Without(ctx), e)
		if err != nil {
			return fmt.Errorf("append to the trail: %w", err)
		}
		if r.saved = saved; saved {
			return nil
		}
	}
	return errors.New("append to the trail: the platform has no chain")
}

// List returns a part of a chain.
func (s *Service) List(ctx context.Context, chain string, filter Filter, page Page) ([]Entry, error) {
	list, err := s.store.Entries(ctx, chain, filter, page)
	if err != nil {
		return nil, fmt.Errorf("list the trail: %w", err)
	}
	return list, nil
}

// Each calls do with every entry that is selected, oldest first, until it
// returns an error.
func (s *Service) Each(ctx context.Context, chain string, filter Filter, do func(Entry) error) error {
	for page := (Page{Limit: batch}); ; {
		list, err := s.List(ctx, chain, filter, page)
		if err != nil {
			return err
		}
		for _, e := range list {
			if err := do(e); err != nil {
				return err
			}
		}
		if len(list) < batch {
			return nil
		}
		page.From = list[len(list)-1].Sequence
	}
}

// Verdict is what a check of a chain found.
type Verdict struct {
	Chain string
	// Broken is the sequence of the first entry that is not what was saved, or
	// does not follow the one before; 0 when there is none.
	Broken int64
	// Entries are those that fit, and Head the hash of the last. Who writes it
	// down elsewhere can tell later whether the end was cut off.
	Entries int64
	Head    [32]byte
	Erased  int64 // entries whose details are gone
}

var errBroken = errors.New("broken")

// Verify checks a chain from its first entry to its last.
func (s *Service) Verify(ctx context.Context, chain string) (Verdict, error) {
	v := Verdict{Chain: chain}
	var last Entry
	err := s.Each(ctx, chain, Filter{}, func(e Entry) error {
		// Details go all at once, with their organisation.
		halfErased := last.Sequence > 0 && (e.Details == "") != (last.Details == "")
		if e.Chain != chain || halfErased || !e.follows(last) {
			v.Broken = last.Sequence + 1
			return errBroken
		}
		if e.Details == "" {
			v.Erased++
		}
		last, v.Entries, v.Head = e, e.Sequence, e.Hash
		return nil
	})
	if err != nil && !errors.Is(err, errBroken) {
		return Verdict{}, err
	}
	return v, nil
}

// VerifyAll checks every chain, the platform's first, and calls do with each
// verdict until it returns an error.
func (s *Service) VerifyAll(ctx context.Context, do func(Verdict) error) error {
	chains := []string{Platform}
	for len(chains) > 0 {
		for _, chain := range chains {
			v, err := s.Verify(ctx, chain)
			if err != nil {
				return err
			}
			if err := do(v); err != nil {
				return err
			}
		}
		var err error
		if chains, err = s.store.Chains(ctx, chains[len(chains)-1], batch); err != nil {
			return fmt.Errorf("list the chains of the trail: %w", err)
		}
	}
	return nil
}
