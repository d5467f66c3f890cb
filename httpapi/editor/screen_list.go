package editor

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/orgpbx/orgpbx/org"
)

// resourceList is the list of one kind of resource.
type resourceList struct {
	head
	Path     string // of the list
	MayWrite bool
	Columns  []string // keys of texts
	Rows     []resourceRow
	Next     string // id that the next page begins behind; empty on the last page
	First    bool   // it is the first page
	Saved    bool
	Deploy   deployState
}

// resourceRow is one of them.
type resourceRow struct {
	ID, Title string
	Cells     []field
}

func (s screen[T]) list(q *request) error {
	o, err := q.organization(s.see)
	if err != nil {
		return err
	}
	asked := q.URL.Query()
	view := resourceList{
		head: q.head(o, s.key), Path: s.path(o), MayWrite: q.who.May(s.write), First: true, Saved: asked.Has("saved"),
	}
	for _, name := range s.columns {
		view.Columns = append(view.Columns, "field."+s.key+"."+name)
	}
	part := org.Page{Limit: perPage + 1} // one more, to learn whether there are more
	if after := asked.Get("after"); uuid.Validate(after) == nil {
		part.After, view.First = after, false
	}
	found, err := s.set(q).List(q.Context(), o.ID, part)
	if err != nil {
		return err
	}
	if len(found) > perPage {
		found = found[:perPage]
		view.Next = s.meta(found[perPage-1]).ID
	}
	if view.Rows, err = s.rows(q, o, found); err != nil {
		return err
	}
	if s.deployed {
		if view.Deploy, err = s.editor.deployStateOf(q.Context(), o); err != nil {
			return err
		}
	}
	return q.show(http.StatusOK, "resources", view)
}

func (s screen[T]) rows(q *request, o org.Organization, found []T) ([]resourceRow, error) {
	snapshot, err := s.snapshot(q, o)
	if err != nil {
		return nil, err
	}
	facts, err := s.shownFacts(q, o)
	if err != nil {
		return nil, err
	}
	inputs := append(s.newInputs(snapshot), facts...)
	rows := make([]resourceRow, len(found))
	for i, v := range found {
		cells := map[string]field{}
		for _, f := range fieldsOf(inputs, &v, &v, nil, nil) {
			cells[f.Name] = f
		}
		rows[i] = resourceRow{ID: s.meta(v).ID, Title: s.title(v)}
		for _, name := range s.columns {
			rows[i].Cells = append(rows[i].Cells, cells[name])
		}
	}
	return rows, nil
}
