package confdir

import (
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/resource"
)

// object is one thing that Asterisk makes of a configuration: a section, or
// one line of a section of globals, DIDs or mailboxes. It is named as in
// [resource.Change].
type object struct {
	file    string
	section string
	kind    string // of the section
	object  string
	name    string
	lines   []asterisk.Line
}

// key tells an object from all others of an organisation.
type key struct{ file, object, name string }

func (o object) key() key { return key{o.file, o.object, o.name} }

func (o object) change(action resource.ChangeAction) resource.Change {
	return resource.Change{Action: action, Object: o.object, Name: o.name}
}

func objectsOf(c asterisk.Config) []object {
	var objects []object
	for _, file := range c.Files {
		for _, s := range file.Sections {
			whole := object{file.Name, s.Name, s.Kind, s.Kind, s.Name, s.Lines}
			switch s.Kind {
			case asterisk.KindGlobals, asterisk.KindDIDs, asterisk.KindMailboxes:
				objects = append(objects, whole.split()...)
			default:
				objects = append(objects, whole)
			}
		}
	}
	return objects
}

// split makes an object of each line.
func (o object) split() []object {
	var objects []object
	for i, line := range o.lines {
		one := o
		one.lines = o.lines[i : i+1]
		switch o.kind {
		case asterisk.KindDIDs:
			number, _, _ := strings.Cut(line.Value, ",")
			one.object, one.name = "did", number
		case asterisk.KindMailboxes:
			one.object, one.name = "mailbox", line.Key+"@"+o.section
		default:
			one.object, one.name = "global", line.Key
		}
		objects = append(objects, one)
	}
	return objects
}

// expectation is what an object has to be like in Asterisk.
type expectation struct {
	object
	gone bool
}

// expectations says what Asterisk must show after it went from one
// configuration to another: the objects that differ, and in suspect files all.
func expectations(from, to asterisk.Config, suspect names) []expectation {
	was, is := map[key]object{}, map[key]bool{}
	for _, o := range objectsOf(from) {
		was[o.key()] = o
	}
	var list []expectation
	for _, o := range objectsOf(to) {
		is[o.key()] = true
		before, existed := was[o.key()]
		if suspect[o.file] || !existed || !slices.Equal(before.lines, o.lines) {
			list = append(list, expectation{object: o})
		}
	}
	for _, o := range objectsOf(from) {
		if !is[o.key()] {
			list = append(list, expectation{object: o, gone: true})
		}
	}
	return list
}

// finding is an object that is not as expected, and why.
type finding struct {
	object
	action resource.ChangeAction // what would put it right
	reason string                // holds no value, which may be a secret
}

func (f finding) rejected() *resource.RejectedError {
	return &resource.RejectedError{Object: f.object.object, Name: f.name, Reason: f.reason}
}
