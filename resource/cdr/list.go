package cdr

import (
	"context"
	"time"

	"github.com/orgpbx/orgpbx/org"
)

// Found is a page of calls.
type Found struct {
	Calls []Call // newest first
	// Next is where the next page goes on, its page.After; "" when this is the last one.
	Next string
	// SearchedTo is how far back the page has looked where it stopped before it was
	// full, because it had looked at [Options.Look] calls. It is zero on all other pages.
	SearchedTo time.Time
}

// List returns a page of an organisation's calls, masked where it has masking on. A
// query that is a number of [TailLength] digits or more, whatever is written between
// them, selects the calls of numbers that end so, and any other one those that have it
// as a part of a number or of the caller's name.
//
// A page may have fewer calls than page.Limit, or none, and a Next all the same: it
// has looked at [Options.Look] calls by then, of which the filter selects no more. Who goes on
// as long as there is a Next sees every call. A page without a limit has all of them.
//
// List returns an [*org.InvalidError] when the filter cannot be that of calls, or
// looks for what is masked: then the query has to be an own number of the
// organisation, as a whole.
func (s *Service) List(ctx context.Context, o org.Organization, filter Filter, page org.Page) (Found, error) {
	if err := filter.check(); err != nil {
		return Found{}, err
	}
	if err := s.maskFilter(ctx, o, &filter); err != nil {
		return Found{}, err
	}
	filter.findByNumber()
	found, err := s.find(ctx, o.ID, filter, page)
	if err != nil {
		return Found{}, err
	}
	calls := make([]*Call, len(found.Calls))
	for i := range found.Calls {
		calls[i] = &found.Calls[i]
	}
	return found, s.mask(ctx, o, calls...)
}

// find returns a page as the store has it.
func (s *Service) find(ctx context.Context, organizationID string, filter Filter, page org.Page) (Found, error) {
	if page.Limit <= 0 {
		list, err := s.store.Calls(ctx, organizationID, filter, page)
		return Found{Calls: list}, err
	}
	limit := page.Limit
	page.Limit++ // one more, to learn whether there are more
	list, reached, err := s.store.SearchCalls(ctx, organizationID, filter, page, s.opts.Look)
	switch {
	case err != nil:
		return Found{}, err
	case len(list) > limit:
		return Found{Calls: list[:limit], Next: list[limit-1].ID}, nil
	case reached == "":
		return Found{Calls: list}, nil
	case len(list) == limit:
		return Found{Calls: list, Next: reached}, nil
	default:
		return Found{Calls: list, Next: reached, SearchedTo: StartOf(reached)}, nil
	}
}
