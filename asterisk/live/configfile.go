package live

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/ami"
)

// emptyFile has no sections and is never written: a file that is made anew
// starts as a copy of it.
const emptyFile = "_empty.conf"

// configFile is what Asterisk has in a configuration file on its disk.
type configFile struct {
	sections []asterisk.Section
	// exists is false while there is no such file.
	exists bool
	// damaged says that Asterisk cannot read it, or has a section twice.
	damaged bool
}

// path returns the name of a file in Asterisk's configuration folder.
func (p *PBX) path(name string) string { return p.folder + "/" + name }

// organizationFile names an organisation's part of a configuration file.
func organizationFile(prefix, file string) string { return prefix + "." + file + ".conf" }

// readFile reads a file over AMI, as Asterisk understands it. file is the name
// of the configuration file that it is a part of.
func (p *PBX) readFile(ctx context.Context, name, file string) (configFile, error) {
	response, err := p.console.do(ctx, "GetConfig", "Filename", p.path(name))
	switch {
	case strings.Contains(refusal(err), "not found"):
		return configFile{}, nil
	case strings.Contains(refusal(err), "invalid format"):
		return configFile{exists: true, damaged: true}, nil
	case err != nil:
		return configFile{}, fmt.Errorf("read %s: %w", p.path(name), err)
	}
	read := configFile{exists: true}
	read.sections, read.damaged = sectionsOf(response, file)
	return read, nil
}

// sectionsOf reads the answer to GetConfig. A section that is there twice is
// damage.
func sectionsOf(response ami.Response, file string) (sections []asterisk.Section, damaged bool) {
	seen := map[string]bool{}
	for _, f := range response.Fields() {
		if strings.HasPrefix(f.Key, "Category-") {
			damaged = damaged || seen[f.Value]
			seen[f.Value] = true
			sections = append(sections, asterisk.Section{Name: f.Value, Kind: kindOf(file, f.Value)})
		}
		if strings.HasPrefix(f.Key, "Line-") && len(sections) > 0 {
			key, value, _ := strings.Cut(f.Value, "=")
			last := &sections[len(sections)-1]
			last.Lines = append(last.Lines, asterisk.Line{Key: key, Value: value, Arrow: hasArrow(file, key)})
		}
	}
	return sections, damaged
}

// kindOf says what a section of a file makes, which Asterisk does not keep.
func kindOf(file, section string) string {
	switch {
	case file == "queues":
		return asterisk.KindQueue
	case file == "voicemail":
		return asterisk.KindMailboxes
	case section == "globals":
		return asterisk.KindGlobals
	case strings.HasPrefix(section, asterisk.DIDContexts):
		return asterisk.KindDIDs
	default:
		return asterisk.KindContext
	}
}

// hasArrow says whether a line is written with "=>", which Asterisk does not
// tell either.
func hasArrow(file, key string) bool {
	return file == "voicemail" || key == "member" || key == "exten" || key == "same"
}

// edit is one step of Asterisk's UpdateConfig.
type edit struct {
	action, section, key, value string
	options                     string
	line                        string // its number, from 0
	match                       string // the value that is there
}

// fields is how many fields of an action an edit takes.
func (e edit) fields() int {
	n := 2
	for _, given := range []string{e.key, e.options, e.line, e.match} {
		if given != "" {
			n++
		}
	}
	if e.key != "" {
		n++ // the value
	}
	return n
}

// newTemplate makes a section that is a template: Asterisk reads it, and makes
// nothing of it.
func newTemplate(section string) edit {
	return edit{action: "NewCat", section: section, options: "template"}
}

// edits says how to come from some sections to others. A section that differs
// is changed line by line, or written anew at the end of the file where that is
// shorter: the order of sections means nothing.
func edits(from, to []asterisk.Section) []edit {
	same := func(a asterisk.Section) func(asterisk.Section) bool {
		return func(b asterisk.Section) bool { return a.Name == b.Name && slices.Equal(a.Lines, b.Lines) }
	}
	var steps []edit
	changed := map[string]bool{}
	for _, s := range to {
		i := slices.IndexFunc(from, func(was asterisk.Section) bool { return was.Name == s.Name })
		if i < 0 || same(s)(from[i]) {
			continue
		}
		if lines, ok := lineEdits(from[i], s); ok {
			steps = append(steps, lines...)
			changed[s.Name] = true
		}
	}
	for _, s := range from {
		if !changed[s.Name] && !slices.ContainsFunc(to, same(s)) {
			steps = append(steps, edit{action: "DelCat", section: s.Name})
		}
	}
	for _, s := range to {
		if changed[s.Name] || slices.ContainsFunc(from, same(s)) {
			continue
		}
		steps = append(steps, edit{action: "NewCat", section: s.Name})
		for _, l := range s.Lines {
			steps = append(steps, edit{action: "Append", section: s.Name, key: l.Key, value: written(l)})
		}
	}
	return steps
}

// written is the value of a line as Asterisk's UpdateConfig takes it.
func written(l asterisk.Line) string {
	if l.Arrow {
		return ">" + l.Value
	}
	return l.Value
}

// fitting returns how many steps fit into one action, of whose fields two say
// which file.
func fitting(steps []edit) int {
	left := ami.MaxFields - 2
	for i, s := range steps {
		if left -= s.fields(); left < 0 {
			return i
		}
	}
	return len(steps)
}

// checkSendable refuses a line that does not fit into an action, before
// anything is changed.
func checkSendable(sections []asterisk.Section) error {
	for _, s := range sections {
		for _, l := range s.Lines {
			if len("Value-000000: >")+len(l.Value) > ami.MaxLine {
				return rejected(s, "the setting "+l.Key+" is too long to send")
			}
			if strings.HasPrefix(l.Value, ">") && !l.Arrow {
				return rejected(s, "the setting "+l.Key+" begins with >")
			}
		}
	}
	return nil
}

// writeFile turns a file of an organisation from one content into another. What
// does not fit into one action is put together in a file that Asterisk does
// not load, so the file itself is written in one go. Asterisk writes
// it in place: nothing may load it meanwhile.
func (p *PBX) writeFile(ctx context.Context, prefix, name string, from configFile, to []asterisk.Section) error {
	source, sections := p.path(name), from.sections
	if !from.exists || from.damaged {
		source, sections = p.path(emptyFile), nil
		if err := p.createFile(ctx, name); err != nil {
			return err
		}
	}
	steps := edits(sections, to)
	if len(steps) == 0 && source == p.path(name) {
		return nil
	}
	return p.writeSteps(ctx, prefix, source, p.path(name), steps)
}

// writeSteps writes a file as another one is after some steps, all but the last
// of which are done in a draft of the given name.
func (p *PBX) writeSteps(ctx context.Context, draft, source, destination string, steps []edit) error {
	draft += ".draft"
	if fitting(steps) < len(steps) {
		if err := p.createFile(ctx, draft); err != nil {
			return err
		}
	}
	for fitting(steps) < len(steps) {
		n := fitting(steps)
		if err := p.update(ctx, source, p.path(draft), steps[:n]); err != nil {
			return err
		}
		source, steps = p.path(draft), steps[n:]
	}
	return p.update(ctx, source, destination, steps)
}

// update writes a file as another one is after some edits.
func (p *PBX) update(ctx context.Context, source, destination string, steps []edit) error {
	fields := []string{"SrcFilename", source, "DstFilename", destination}
	for i, s := range steps {
		suffix := fmt.Sprintf("-%06d", i)
		fields = append(fields, "Action"+suffix, s.action, "Cat"+suffix, s.section)
		if s.key != "" {
			fields = append(fields, "Var"+suffix, s.key, "Value"+suffix, s.value)
		}
		if s.line != "" {
			fields = append(fields, "Line"+suffix, s.line)
		}
		if s.options != "" {
			fields = append(fields, "Options"+suffix, s.options)
		}
		if s.match != "" {
			fields = append(fields, "Match"+suffix, s.match)
		}
	}
	if _, err := p.console.do(ctx, "UpdateConfig", fields...); err != nil {
		return fmt.Errorf("write %s: %w", destination, err)
	}
	return nil
}

// fileExists is what Asterisk says of a file that is to be made and is there.
const fileExists = "File exists"

// createFile makes an empty file where there is none.
func (p *PBX) createFile(ctx context.Context, name string) error {
	_, err := p.console.do(ctx, "CreateConfig", "Filename", p.path(name))
	if err != nil && refusal(err) != fileExists {
		return fmt.Errorf("create %s: %w", p.path(name), err)
	}
	return nil
}
