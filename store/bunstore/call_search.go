package bunstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// callSides are the columns that have an index of tails.
var callSides = []string{"c.caller", "c.called"}

// callRows reads a page of calls. Where the filter has a number, it reads a page by
// each of its tails, of those who called and of those who were called, and puts them
// together. One statement for all would sort every call of a busy number, or walk
// through all calls until the page is full.
func (s *Store) callRows(ctx context.Context, organizationID string, filter cdr.Filter, page org.Page) ([]*callRow, error) {
	tails := tailsOf(filter)
	if len(tails) == 0 {
		var rows []*callRow
		err := s.selectCalls(&rows, organizationID, filter, page).Scan(ctx)
		return rows, err
	}
	var all []*callRow
	for _, side := range callSides {
		for _, tail := range tails {
			var rows []*callRow
			if err := s.byTail(&rows, side, tail, organizationID, filter, page).Scan(ctx); err != nil {
				return nil, err
			}
			all = append(all, rows...)
		}
	}
	slices.SortFunc(all, func(a, b *callRow) int { return cmp.Compare(b.ID, a.ID) })
	all = slices.CompactFunc(all, func(a, b *callRow) bool { return a.ID == b.ID })
	if page.Limit > 0 {
		all = all[:min(page.Limit, len(all))]
	}
	return all, nil
}

// byTail reads a page of the calls whose number on one side has this tail. SQLite has to
// be told of the index: the calls of an organisation in order look cheaper to it.
func (s *Store) byTail(rows *[]*callRow, side, tail, organizationID string, filter cdr.Filter, page org.Page) *bun.SelectQuery {
	q := s.selectCalls(rows, organizationID, filter, page).Where("? = ?", s.endOf(side, cdr.TailLength), tail)
	if s.dialect == SQLite {
		q.ModelTableExpr("orgpbx_calls AS c INDEXED BY ?", bun.Ident("orgpbx_calls_"+strings.TrimPrefix(side, "c.")))
	}
	return q
}

// tailsOf are what the indexes know the numbers by that the filter selects; none when
// it does not select by number.
func tailsOf(filter cdr.Filter) []string {
	if utf8.RuneCountInString(filter.Ending) >= cdr.TailLength {
		return []string{cdr.NumberTail(filter.Ending)}
	}
	var tails []string
	for _, number := range filter.Numbers {
		tails = append(tails, cdr.NumberTail(number))
	}
	slices.Sort(tails)
	return slices.Compact(tails)
}

// selectCalls reads a page of calls into rows.
func (s *Store) selectCalls(rows *[]*callRow, organizationID string, filter cdr.Filter, page org.Page) *bun.SelectQuery {
	q := s.db.NewSelect().Model(rows).Where("c.organization_id = ?", organizationID).Order("c.id DESC")
	from, to := filter.IDs()
	if from != "" {
		q.Where("c.id >= ?", from)
	}
	if to != "" {
		q.Where("c.id < ?", to)
	}
	if page.After != "" {
		q.Where("c.id < ?", page.After)
	}
	if filter.Direction != "" {
		q.Where("c.direction = ?", string(filter.Direction))
	}
	if filter.Disposition != "" {
		q.Where("c.disposition = ?", string(filter.Disposition))
	}
	if filter.Recorded {
		q.Where("c.recording <> ''")
	}
	if len(filter.Numbers) > 0 {
		q.Where("(c.caller IN (?0) OR c.called IN (?0))", bun.List(filter.Numbers))
	}
	if filter.Ending != "" {
		length := utf8.RuneCountInString(filter.Ending)
		q.Where("(?0 = ?2 OR ?1 = ?2)", s.endOf("c.caller", length), s.endOf("c.called", length), filter.Ending)
	}
	if filter.Query != "" {
		q.Where("?(c.search, ?) > 0", bun.Safe(s.positionFunction()), cdr.SearchKey(filter.Query))
	}
	if page.Limit > 0 {
		q.Limit(int64(page.Limit))
	}
	return q
}

// endOf is so many characters at the end of a column, as the indexes of tails say it.
func (s *Store) endOf(column string, length int) bun.Safe {
	if s.dialect == SQLite {
		return bun.Safe(fmt.Sprintf("substr(%s, -%d)", column, length))
	}
	return bun.Safe(fmt.Sprintf("right(%s, %d)", column, length))
}
