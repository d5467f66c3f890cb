package confdir

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/orgpbx/orgpbx/asterisk"
)

const orgsFolder = "orgs"

// state is a configuration of one organisation and the text of its files, by
// the names of [asterisk.FileNames]. A file without sections has no text.
type state struct {
	asterisk.Config
	text map[string][]byte
}

// wanted is the state that a configuration asks for.
func wanted(c asterisk.Config) state {
	s := state{Config: c, text: map[string][]byte{}}
	for _, file := range c.Files {
		if len(file.Sections) > 0 {
			s.text[file.Name] = file.Bytes()
		}
	}
	return s
}

// parsed is the state that texts hold. A text that nobody here wrote counts as
// one without sections, so that the next Apply writes it anew.
func (p *PBX) parsed(prefix string, text map[string][]byte) state {
	s := state{Config: asterisk.Config{Prefix: prefix}, text: text}
	for _, name := range asterisk.FileNames() {
		file, err := asterisk.ParseFile(name, text[name])
		if err != nil {
			p.log.Warn("confdir: a file was altered and will be written anew", "file", asterisk.OrganizationPath(prefix, name), "error", err)
			file = asterisk.File{Name: name}
		}
		s.Files = append(s.Files, file)
	}
	return s
}

// onDisk reads the texts of an organisation's files.
func onDisk(f folder, prefix string) (map[string][]byte, error) {
	text := map[string][]byte{}
	for _, name := range asterisk.FileNames() {
		t, err := f.read(asterisk.OrganizationPath(prefix, name))
		if err != nil {
			return nil, err
		}
		if len(t) > 0 {
			text[name] = t
		}
	}
	return text, nil
}

// write brings the files of the organisation to this state, touching only
// those that differ.
func (s state) write(f folder) error {
	have, err := onDisk(f, s.Prefix)
	if err != nil {
		return err
	}
	differing := map[string][]byte{}
	for _, name := range differences(have, s.text) {
		differing[asterisk.OrganizationPath(s.Prefix, name)] = s.text[name]
	}
	if err := f.replace(differing, fileMode); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return nil
}

// differences names the files whose text is not the same.
func differences(a, b map[string][]byte) []string {
	return slices.DeleteFunc(asterisk.FileNames(), func(name string) bool { return bytes.Equal(a[name], b[name]) })
}

// names is a set of file names.
type names map[string]bool

func namesOf(list []string) names {
	set := names{}
	set.add(list)
	return set
}

func (n names) add(list []string) {
	for _, name := range list {
		n[name] = true
	}
}

func (n names) sorted() []string { return slices.Sorted(maps.Keys(n)) }
