package hold

import (
	"context"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/mask"
)

// mask hides the numbers that holds are on, where the organisation has masking on.
func (s *Service) mask(ctx context.Context, o org.Organization, holds ...*Hold) error {
	if !o.Compliance.PIIMasking {
		return nil
	}
	var numbers []string
	for _, h := range holds {
		if h.Target == OfNumber {
			numbers = append(numbers, h.Value)
		}
	}
	own, err := mask.OwnOf(ctx, s.store, o, numbers...)
	if err != nil {
		return err
	}
	for _, h := range holds {
		if h.Target == OfNumber {
			h.Value = own.Number(h.Value)
		}
	}
	return nil
}

// told is the hold as the trail keeps it: without the number, also where nothing is
// masked today, because an entry can never be changed. An extension stays.
func (h Hold) told() Hold {
	if h.Target == OfNumber && h.Endpoint == "" {
		h.Value = mask.Number(h.Value)
	}
	return h
}
