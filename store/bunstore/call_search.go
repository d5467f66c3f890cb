package bunstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// callSides are the columns that have an index of tails.
var callSides = []string{"c.caller", "c.called"}

// callSearch is a search in the calls of an organisation.
type callSearch struct {
	store          *Store
	organizationID string
	filter         cdr.Filter
	page           org.Page
	conditions     []schema.QueryWithArgs // of the filter, beside its times
}

// callLookup is a way to calls, newest first: those whose number on one side has a tail,
// or all of an organisation. The zero value is all of them.
type callLookup struct{ side, tail string }

// SearchCalls implements [cdr.Store].
func (s *Store) SearchCalls(ctx context.Context, organizationID string, filter cdr.Filter, page org.Page, most int) ([]cdr.Call, string, error) {
	numbers := storableOf(filter.Numbers)
	if !storable(organizationID, filter.Query, filter.Ending, page.After) || len(numbers) == 0 && len(filter.Numbers) > 0 {
		return nil, "", nil
	}
	filter.Numbers = numbers
	search := callSearch{s, organizationID, filter, page, s.conditions(filter)}
	rows, reached, err := search.run(ctx, most)
	if err != nil {
		return nil, "", failed(ctx, "list calls", err)
	}
	list := make([]cdr.Call, len(rows))
	for i, row := range rows {
		list[i] = row.call()
	}
	return list, reached, nil
}

// run reads the page, by each lookup a page, and puts them together. One statement for
// all tails would sort every call of a busy number, or walk through all calls until the
// page is full.
func (s callSearch) run(ctx context.Context, most int) ([]*callRow, string, error) {
	var rows []*callRow
	reached, lookups := "", lookupsOf(s.filter)
	for _, l := range lookups {
		found, stopped, err := s.look(ctx, l, share(most, len(lookups)))
		if err != nil {
			return nil, "", err
		}
		rows, reached = append(rows, found...), max(reached, stopped)
	}
	slices.SortFunc(rows, func(a, b *callRow) int { return cmp.Compare(b.ID, a.ID) })
	rows = slices.CompactFunc(rows, func(a, b *callRow) bool { return a.ID == b.ID })
	// What is behind where one of them has stopped comes with a later page, with what
	// that one has not looked at yet.
	rows = slices.DeleteFunc(rows, func(r *callRow) bool { return r.ID < reached })
	if s.page.Limit > 0 && len(rows) >= s.page.Limit {
		return rows[:s.page.Limit], "", nil
	}
	return rows, reached, nil
}

// share is how many calls each of several lookups may look at; 0 is all.
func share(most, lookups int) int {
	if most <= 0 {
		return 0
	}
	return max(1, most/lookups)
}

// look reads a page by one lookup, of at most so many calls; 0 is all.
func (s callSearch) look(ctx context.Context, l callLookup, most int) ([]*callRow, string, error) {
	reached := ""
	// Without conditions each call that is looked at is on the page.
	if most > 0 && s.page.Limit > 0 && (len(s.conditions) > 0 || most < s.page.Limit) {
		rows, done, err := s.glance(ctx, l, most)
		if err != nil || done {
			return rows, "", err
		}
		// How far back so many calls are is asked before they are read: then it does
		// not matter what is saved or deleted in between.
		if reached, err = s.reach(ctx, l, most); err != nil {
			return nil, "", err
		}
	}
	var rows []*callRow
	if err := s.narrowed(s.from(&rows, l, reached)).Scan(ctx); err != nil {
		return nil, "", err
	}
	if s.page.Limit > 0 && len(rows) == s.page.Limit {
		reached = ""
	}
	return rows, reached, nil
}

// glance reads the page where that is cheap, and reports whether it did: most pages are
// full of what is newest, and of most numbers there are few calls.
func (s callSearch) glance(ctx context.Context, l callLookup, most int) (rows []*callRow, done bool, err error) {
	if l.side != "" {
		if err := s.from(&rows, l, "").Limit(int64(min(s.page.Limit, most))).Scan(ctx); err != nil {
			return nil, false, err
		}
		found := slices.DeleteFunc(slices.Clone(rows), func(r *callRow) bool { return !s.filter.Matches(r.call()) })
		return found, len(rows) < min(s.page.Limit, most) || len(found) == s.page.Limit, nil
	}
	newest := s.from(&rows, l, s.lately()).Limit(int64(min(20*s.page.Limit, most)))
	err = s.narrowed(s.store.db.NewSelect().Model(&rows).ModelTableExpr("(?) AS c", newest).Order("c.id DESC")).Scan(ctx)
	return rows, len(rows) == s.page.Limit, err
}

// reach returns the id of the call that is so many back; "" where there are not so many.
func (s callSearch) reach(ctx context.Context, l callLookup, most int) (string, error) {
	from, _ := s.filter.IDs()
	for _, since := range slices.Compact([]string{s.lately(), from}) {
		var ids []string
		err := s.from(new([]*callRow), l, since).Column("id").Offset(int64(most-1)).Limit(1).Scan(ctx, &ids)
		if err != nil {
			return "", err
		}
		if len(ids) == 1 {
			return ids[0], nil
		}
	}
	return "", nil
}

// lately is an id a month below the newest of the calls. To look there first saves
// Postgres from planning for all months before. It is where the filter begins in SQLite,
// whose table has no months, and where that is later.
func (s callSearch) lately() string {
	from, to := s.filter.IDs()
	if s.store.dialect == SQLite {
		return from
	}
	newest := time.Now()
	for _, below := range []string{to, s.page.After} {
		if at := cdr.StartOf(below); below != "" && at.Before(newest) {
			newest = at
		}
	}
	return max(from, cdr.FirstID(newest.AddDate(0, -1, 0)))
}

// from selects the calls of a lookup, newest first, between the times of the filter,
// behind page.After and not below since. SQLite has to be told of the index: the calls of
// an organisation in order look cheaper to it.
func (s callSearch) from(rows *[]*callRow, l callLookup, since string) *bun.SelectQuery {
	q := s.store.db.NewSelect().Model(rows).Where("c.organization_id = ?", s.organizationID).Order("c.id DESC")
	from, to := s.filter.IDs()
	if from = max(from, since); from != "" {
		q.Where("c.id >= ?", from)
	}
	if to != "" {
		q.Where("c.id < ?", to)
	}
	if s.page.After != "" {
		q.Where("c.id < ?", s.page.After)
	}
	if l.side != "" {
		q.Where("? = ?", s.store.endOf(l.side, cdr.TailLength), l.tail)
		if s.store.dialect == SQLite {
			q.ModelTableExpr("orgpbx_calls AS c INDEXED BY ?", bun.Ident("orgpbx_calls_"+strings.TrimPrefix(l.side, "c.")))
		}
	}
	return q
}

// narrowed is the page of a selection: what the conditions leave of it.
func (s callSearch) narrowed(q *bun.SelectQuery) *bun.SelectQuery {
	for _, c := range s.conditions {
		q.Where("?", c)
	}
	if s.page.Limit > 0 {
		q.Limit(int64(s.page.Limit))
	}
	return q
}

// conditions are what a filter selects by, beside its times.
func (s *Store) conditions(filter cdr.Filter) (list []schema.QueryWithArgs) {
	add := func(condition string, args ...any) { list = append(list, bun.SafeQuery(condition, args...)) }
	if filter.Direction != "" {
		add("c.direction = ?", string(filter.Direction))
	}
	if filter.Disposition != "" {
		add("c.disposition = ?", string(filter.Disposition))
	}
	if filter.Recorded {
		add("c.recording <> ''")
	}
	if len(filter.Numbers) > 0 {
		add("(c.caller IN (?0) OR c.called IN (?0))", bun.List(filter.Numbers))
	}
	if filter.Ending != "" {
		length := utf8.RuneCountInString(filter.Ending)
		add("(?0 = ?2 OR ?1 = ?2)", s.endOf("c.caller", length), s.endOf("c.called", length), filter.Ending)
	}
	if filter.Query != "" {
		add("?(c.search, ?) > 0", bun.Safe(s.positionFunction()), cdr.SearchKey(filter.Query))
	}
	return list
}

// lookupsOf are the ways that find what a filter selects: by the tails of the numbers
// that it selects by, or else through all calls.
func lookupsOf(filter cdr.Filter) []callLookup {
	var tails []string
	if utf8.RuneCountInString(filter.Ending) >= cdr.TailLength {
		tails = []string{cdr.NumberTail(filter.Ending)}
	} else {
		for _, number := range filter.Numbers {
			tails = append(tails, cdr.NumberTail(number))
		}
	}
	if len(tails) == 0 {
		return []callLookup{{}}
	}
	slices.Sort(tails)
	var lookups []callLookup
	for _, tail := range slices.Compact(tails) {
		for _, side := range callSides {
			lookups = append(lookups, callLookup{side, tail})
		}
	}
	return lookups
}

// endOf is so many characters at the end of a column, as the indexes of tails say it.
func (s *Store) endOf(column string, length int) bun.Safe {
	if s.dialect == SQLite {
		return bun.Safe(fmt.Sprintf("substr(%s, -%d)", column, length))
	}
	return bun.Safe(fmt.Sprintf("right(%s, %d)", column, length))
}
