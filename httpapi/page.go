package httpapi

import (
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/orgpbx/orgpbx/org"
)

const (
	defaultPage = 50
	maxPage     = 200
)

// page is a part of a list.
type page[T any] struct {
	Items      []T     `json:"items" nullable:"false" doc:"The objects of this page, oldest first unless the operation says otherwise."`
	NextCursor *string `json:"next_cursor" doc:"Give this as cursor to get the next page; null on the last one."`
}

// pageParams are the query parameters of every list.
func pageParams() []*huma.Param {
	one, most := 1.0, float64(maxPage)
	return []*huma.Param{
		{
			Name: "limit", In: "query", Description: "How many to return at most.",
			Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: &one, Maximum: &most, Default: defaultPage},
		},
		{
			Name: "cursor", In: "query", Description: "The next_cursor of the page before.",
			Schema: &huma.Schema{Type: huma.TypeString},
		},
	}
}

// page returns the part of a list that the query asks for, or the 422 that
// says what is wrong with it.
func (c *call) page() (org.Page, error) {
	query := c.r.URL.Query()
	p := org.Page{Limit: defaultPage}
	d := &decoder{}
	if query.Has("limit") {
		n, err := strconv.Atoi(query.Get("limit"))
		if err != nil || n < 1 || n > maxPage {
			d.fail("limit", "range", "must be a whole number from 1 to 200")
		}
		p.Limit = n
	}
	if query.Has("cursor") {
		id, err := base64.RawURLEncoding.DecodeString(query.Get("cursor"))
		if err != nil || !isID(string(id)) {
			d.fail("cursor", "cursor", "must be the next_cursor of an earlier answer")
		}
		p.After = string(id)
	}
	return p, d.err()
}

// pageOf reads one more item than asked for, to learn whether there are more,
// and returns the page as the API shows it.
func pageOf[T, Resp any](asked org.Page, read func(org.Page) ([]T, error), id func(T) string, show func(T) Resp) (page[Resp], error) {
	more := asked
	more.Limit++
	list, err := read(more)
	if err != nil {
		return page[Resp]{}, err
	}
	out := page[Resp]{Items: []Resp{}}
	if len(list) > asked.Limit {
		list = list[:asked.Limit]
		out.NextCursor = cursorBehind(id(list[asked.Limit-1]))
	}
	for _, v := range list {
		out.Items = append(out.Items, show(v))
	}
	return out, nil
}

// cursorBehind is the cursor of what comes behind the object of an id; nil for "".
func cursorBehind(id string) *string {
	if id == "" {
		return nil
	}
	cursor := base64.RawURLEncoding.EncodeToString([]byte(id))
	return &cursor
}

// checkQuery refuses query parameters that the operation does not know, or
// that are given twice, as decode refuses fields.
func (c *call) checkQuery() error {
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return invalid([]org.FieldError{{Field: "query", Rule: "syntax", Message: "cannot be read"}})
	}
	d := &decoder{}
	for _, known := range c.op.query {
		if len(query[known.Name]) > 1 {
			d.fail(known.Name, "single", "must be given once")
		}
		delete(query, known.Name)
	}
	d.unknown("", slices.Collect(maps.Keys(query)), "is not a parameter of this operation")
	return d.err()
}

// isSearchable reports whether a store can look for s.
func isSearchable(s string) bool {
	return len(s) <= 100 && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
