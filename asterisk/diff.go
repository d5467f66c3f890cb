package asterisk

import (
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/resource"
)

// Diff returns what turns one configuration of an organisation into another,
// object by object: first what is added or modified, in the order of the new
// one, then what is deleted. It is empty when they say the same. A
// configuration with nothing in it is as good as none.
//
// A section is an object. In the sections of globals, DIDs and mailboxes each
// line is one ("global", "did", "mailbox"), so that a new call limit is not a
// change of all of them.
func Diff(from, to Config) []resource.Change {
	before, after := objectsOf(from), objectsOf(to)
	was := make(map[object][]Line, len(before))
	for _, o := range before {
		was[o.object] = o.lines
	}
	is := make(map[object]bool, len(after))

	var changes []resource.Change
	for _, o := range after {
		is[o.object] = true
		lines, existed := was[o.object]
		switch {
		case !existed:
			changes = append(changes, o.change(resource.Add))
		case !slices.Equal(lines, o.lines):
			changes = append(changes, o.change(resource.Modify))
		}
	}
	for _, o := range before {
		if !is[o.object] {
			changes = append(changes, o.change(resource.Delete))
		}
	}
	return changes
}

// object is what tells one object of Asterisk from all others.
type object struct {
	file, kind, name string
}

func (o object) change(action resource.ChangeAction) resource.Change {
	return resource.Change{Action: action, Object: o.kind, Name: o.name}
}

type objectLines struct {
	object
	lines []Line
}

func objectsOf(c Config) []objectLines {
	var objects []objectLines
	for _, f := range c.Files {
		for _, s := range f.Sections {
			switch s.Kind {
			case KindGlobals, KindDIDs, KindMailboxes:
				for _, l := range s.Lines {
					objects = append(objects, objectLines{lineObject(f.Name, s, l), []Line{l}})
				}
			default:
				objects = append(objects, objectLines{object{f.Name, s.Kind, s.Name}, s.Lines})
			}
		}
	}
	return objects
}

// lineObject names the object that is made by a single line.
func lineObject(file string, s Section, l Line) object {
	switch s.Kind {
	case KindDIDs:
		number, _, _ := strings.Cut(l.Value, ",")
		return object{file, "did", number}
	case KindMailboxes:
		return object{file, "mailbox", l.Key + "@" + s.Name}
	default:
		return object{file, "global", l.Key}
	}
}
