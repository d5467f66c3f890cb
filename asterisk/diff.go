package asterisk

import (
	"slices"

	"github.com/orgpbx/orgpbx/resource"
)

// Difference is an object that two configurations do not have alike, and what
// turns one into the other.
type Difference struct {
	Object // as it becomes, or as it was where it is deleted
	Action resource.ChangeAction
	Was    []Line // the lines of one that is modified, as they were
}

// Change is the difference as an organisation is shown it.
func (d Difference) Change() resource.Change {
	return resource.Change{Action: d.Action, Object: d.Kind, Name: d.Name}
}

// Differences returns what turns one configuration of an organisation into
// another: first what is added or modified, in the order of the new one, then
// what is deleted. It is empty when they say the same. A configuration with
// nothing in it is as good as none.
//
// A global variable, a DID and a mailbox each are objects, though they share a
// section, so that a new call limit is not a change of all of them.
func Differences(from, to Config) []Difference {
	was := map[ObjectID][]Line{}
	for o := range from.Objects() {
		was[o.ObjectID] = o.Lines
	}
	is := map[ObjectID]bool{}
	var differences []Difference
	for o := range to.Objects() {
		is[o.ObjectID] = true
		lines, existed := was[o.ObjectID]
		switch {
		case !existed:
			differences = append(differences, Difference{Object: o, Action: resource.Add})
		case !slices.Equal(lines, o.Lines):
			differences = append(differences, Difference{Object: o, Action: resource.Modify, Was: lines})
		}
	}
	for o := range from.Objects() {
		if !is[o.ObjectID] {
			differences = append(differences, Difference{Object: o, Action: resource.Delete})
		}
	}
	return differences
}

// Diff returns [Differences] as they are shown to an organisation.
func Diff(from, to Config) []resource.Change {
	var changes []resource.Change
	for _, d := range Differences(from, to) {
		changes = append(changes, d.Change())
	}
	return changes
}
