package asterisk

import (
	"iter"
	"strings"
)

// ObjectID tells an object of Asterisk from all others of its organisation.
type ObjectID struct {
	// File is the name of the file it is in, one of [FileNames].
	File string
	// Kind is one of the Kind constants but for globals, dids and mailboxes,
	// or [KindGlobal], [KindDID] or [KindMailbox].
	Kind string
	// Name is what Asterisk calls it.
	Name string
}

// Object is one thing that Asterisk makes of a configuration: a section, or one
// line of a section of globals, DIDs or mailboxes.
type Object struct {
	ObjectID
	// Section is the section it is in, which differs from its name where a
	// line is an object.
	Section string
	Lines   []Line
}

// The kinds of object that are a line, where all others are a section.
const (
	KindGlobal  = "global"
	KindDID     = "did"
	KindMailbox = "mailbox"
)

// Objects returns the objects in the order in which Asterisk reads them.
func (c Config) Objects() iter.Seq[Object] {
	return func(yield func(Object) bool) {
		for _, f := range c.Files {
			for _, s := range f.Sections {
				if !s.objects(f.Name, yield) {
					return
				}
			}
		}
	}
}

func (s Section) objects(file string, yield func(Object) bool) bool {
	switch s.Kind {
	case KindGlobals, KindDIDs, KindMailboxes:
		for i := range s.Lines {
			if !yield(Object{s.lineID(file, s.Lines[i]), s.Name, s.Lines[i : i+1]}) {
				return false
			}
		}
		return true
	default:
		return yield(Object{ObjectID{file, s.Kind, s.Name}, s.Name, s.Lines})
	}
}

// lineID names the object that is made by a single line.
func (s Section) lineID(file string, l Line) ObjectID {
	switch s.Kind {
	case KindDIDs:
		number, _, _ := strings.Cut(l.Value, ",")
		return ObjectID{file, KindDID, number}
	case KindMailboxes:
		return ObjectID{file, KindMailbox, l.Key + "@" + s.Name}
	default:
		return ObjectID{file, KindGlobal, l.Key}
	}
}
