package live

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk"
)

const (
	// basePrefix takes the place of a context prefix in the names of the files
	// that all organisations share. No context prefix begins like it.
	basePrefix = "_base"
	// includedMark is a template, of which Asterisk makes nothing, in each of
	// those files: where it shows up in Asterisk's own file, that includes them.
	includedMark = "orgpbx-included"
)

// files are the configuration files that are written over AMI, in the order in
// which they are loaded: the dialplan last, because it calls the others.
func files() []string { return []string{"voicemail", "queues", "extensions"} }

// baseSections are the dialplan that all organisations share, as sections.
func baseSections() ([]asterisk.Section, error) {
	shared, err := asterisk.BaseFiles("/")
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(shared, func(f asterisk.BaseFile) bool { return f.Path == asterisk.SharedPath("extensions") })
	if i < 0 {
		return nil, fmt.Errorf("package asterisk has no base dialplan")
	}
	var sections []asterisk.Section
	for text := range strings.Lines(string(shared[i].Text)) {
		line := strings.TrimSpace(withoutComment(text))
		if name, ok := strings.CutPrefix(line, "["); ok {
			name, _, _ = strings.Cut(name, "]")
			sections = append(sections, asterisk.Section{Name: name, Kind: kindOf("extensions", name)})
			continue
		}
		key, value, ok := strings.Cut(line, "=>")
		if !ok || len(sections) == 0 {
			continue // blank, or the include of the organisations' files
		}
		last := &sections[len(sections)-1]
		last.Lines = append(last.Lines, asterisk.Line{Key: strings.TrimSpace(key), Value: strings.TrimSpace(value), Arrow: true})
	}
	return sections, nil
}

// withoutComment cuts a line at the first ";" that has no backslash in front,
// and takes the backslash from those that have one.
func withoutComment(line string) string {
	line = strings.ReplaceAll(line, `\;`, "\x00")
	line, _, _ = strings.Cut(line, ";")
	return strings.ReplaceAll(line, "\x00", ";")
}

// ensureBase writes the shared files where they are not as they should be, and
// loads the dialplan. It reports whether there was anything to do.
func (p *PBX) ensureBase(ctx context.Context) (changed bool, err error) {
	if err := p.base.lock(ctx); err != nil {
		return false, err
	}
	defer p.base.unlock()
	for _, file := range files() {
		wrote, err := p.ensureBaseFile(ctx, file)
		if err != nil {
			return changed, err
		}
		changed = changed || wrote
	}
	return changed, nil
}

func (p *PBX) ensureBaseFile(ctx context.Context, file string) (wrote bool, err error) {
	name := organizationFile(basePrefix, file)
	have, err := p.readFile(ctx, name, file)
	if err != nil {
		return false, err
	}
	var want []asterisk.Section
	if file == "extensions" {
		want = p.baseDialplan
	}
	// The template is not shown by GetConfig without a filter.
	if have.exists && !have.damaged && len(edits(have.sections, want)) == 0 {
		return false, nil
	}
	module := p.modules[file]
	if err := module.lock(ctx); err != nil {
		return false, err
	}
	defer module.unlock()
	for _, name := range []string{emptyFile, name} {
		if err := p.createFile(ctx, name); err != nil {
			return false, err
		}
	}
	if err := p.update(ctx, p.path(emptyFile), p.path(name), []edit{newTemplate(includedMark)}); err != nil {
		return false, err
	}
	if err := p.writeFile(ctx, basePrefix, name, configFile{exists: true}, want); err != nil {
		return false, err
	}
	return true, p.reload(ctx, file)
}
