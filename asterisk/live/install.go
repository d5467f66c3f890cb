package live

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk"
)

// Install writes into Asterisk's own files what Preflight asks for and AMI can
// write: the includes of extensions.conf, queues.conf and voicemail.conf, and
// the lines of sorcery.conf. It returns what it did, as lines for the operator,
// and nothing when there was nothing to do. Rights, modules and the folder
// cannot be had over AMI: while they lack, it does nothing and returns the
// [*NotPreparedError] that says so. It is never called by Apply, because these
// files are the operator's: Asterisk writes each anew, with what it includes.
//
// Asterisk reads sorcery.conf only when it starts, so Preflight asks for a
// restart afterwards.
func (p *PBX) Install(ctx context.Context) (done []string, err error) {
	findings, err := p.firstFindings(ctx, p.lackingRights, p.lackingModules, p.lackingFolder)
	if err == nil && len(findings) > 0 {
		err = &NotPreparedError{findings}
	}
	if err != nil {
		return nil, err
	}
	if err := p.ensureBase(ctx); err != nil {
		return nil, fmt.Errorf("install the shared files: %w", err)
	}
	for _, file := range files() {
		line, err := p.installInclude(ctx, file)
		if err != nil {
			return done, err
		}
		done = append(done, line...)
	}
	lines, err := p.installSorcery(ctx)
	return append(done, lines...), err
}

// installInclude adds the include of a file. AMI can only add settings to
// sections, so the include stands where the name of one would, at the end of
// [general], which all three files may have.
func (p *PBX) installInclude(ctx context.Context, file string) (done []string, err error) {
	included, err := p.includes(ctx, file)
	if err != nil || included {
		return nil, err
	}
	name := file + ".conf"
	if err := p.createOperatorFile(ctx, name); err != nil {
		return nil, err
	}
	have, damaged, err := p.readOperatorFile(ctx, name)
	if err != nil || damaged {
		return nil, err // an include in each of two sections would load all twice
	}
	const section = "general"
	var steps []edit
	if !have.exists(section) {
		steps = append(steps, edit{action: "NewCat", section: section})
	}
	include := p.includeLine(file)
	steps = append(steps, edit{action: "Append", section: section, key: include + " ;", value: "added by orgpbx"})
	if err := p.update(ctx, name, name, steps); err != nil {
		return nil, err
	}
	return []string{name + ": added " + include}, nil
}

// installSorcery adds what sorcery.conf lacks. A type that is named there loses
// what Asterisk does by default, so its objects of pjsip.conf are named first.
func (p *PBX) installSorcery(ctx context.Context) (done []string, err error) {
	const name = "sorcery.conf"
	have, _, err := p.readOperatorFile(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := p.createOperatorFile(ctx, name); err != nil {
		return nil, err
	}
	var steps []edit
	for _, want := range sorceryLines() {
		if slices.Contains(have.wizards(want.section, want.kind), wizard) {
			continue
		}
		if !have.exists(want.section) {
			steps = append(steps, edit{action: "NewCat", section: want.section})
			have = append(have, asterisk.Section{Name: want.section})
		}
		if len(have.wizards(want.section, want.kind)) == 0 {
			steps = append(steps, edit{action: "Append", section: want.section, key: want.kind, value: "config,pjsip.conf,criteria=type=" + want.kind})
		}
		steps = append(steps, edit{action: "Append", section: want.section, key: want.kind, value: wizard})
		done = append(done, fmt.Sprintf("%s: added %s=%s to [%s]", name, want.kind, wizard, want.section))
	}
	if len(steps) == 0 {
		return nil, nil
	}
	return done, p.update(ctx, name, name, steps)
}

// createOperatorFile makes an empty file in Asterisk's own folder where there
// is none.
func (p *PBX) createOperatorFile(ctx context.Context, name string) error {
	_, err := p.console.do(ctx, "CreateConfig", "Filename", name)
	if err != nil && refusal(err) != fileExists {
		return fmt.Errorf("create %s: %w", name, err)
	}
	return nil
}

// operatorFile is one of Asterisk's own files.
type operatorFile []asterisk.Section

// readOperatorFile returns what Asterisk's own files say; nothing where there
// is none. damaged says that a section is there twice.
func (p *PBX) readOperatorFile(ctx context.Context, name string) (f operatorFile, damaged bool, err error) {
	response, err := p.console.do(ctx, "GetConfig", "Filename", name)
	if err != nil && refusal(err) == "" {
		return nil, false, fmt.Errorf("read %s: %w", name, err)
	}
	f, damaged = sectionsOf(response, "")
	return f, damaged, nil
}

func (f operatorFile) exists(section string) bool {
	return slices.ContainsFunc(f, func(s asterisk.Section) bool { return s.Name == section })
}

// isTrue reports whether a setting is one of the words that Asterisk takes for
// yes. The last one counts.
func (f operatorFile) isTrue(section, key string) bool {
	is := false
	for _, have := range f {
		for _, l := range have.Lines {
			if have.Name == section && strings.EqualFold(strings.TrimSpace(l.Key), key) {
				is = slices.Contains([]string{"yes", "true", "y", "t", "1", "on"}, strings.ToLower(strings.TrimSpace(l.Value)))
			}
		}
	}
	return is
}

// wizards returns where sorcery.conf keeps the objects of a type, in order. What
// is cached is written with a slash behind the type.
func (f operatorFile) wizards(section, kind string) []string {
	var values []string
	for _, have := range f {
		for _, l := range have.Lines {
			key, _, _ := strings.Cut(l.Key, "/")
			if have.Name == section && strings.TrimSpace(key) == kind {
				values = append(values, strings.TrimSpace(l.Value))
			}
		}
	}
	return values
}
