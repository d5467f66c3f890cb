package live

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

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
func baseSections(o asterisk.BaseOptions) ([]asterisk.Section, error) {
	shared, err := asterisk.BaseFiles(o)
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
	version := asterisk.Section{Name: versionContext, Kind: asterisk.KindContext, Lines: []asterisk.Line{
		{Key: "exten", Value: versionOf(sections) + ",1,NoOp()", Arrow: true},
	}}
	return append(sections, version), nil
}

// withoutComment cuts a line at the first ";" that has no backslash in front,
// and takes the backslash from those that have one.
func withoutComment(line string) string {
	line = strings.ReplaceAll(line, `\;`, "\x00")
	line, _, _ = strings.Cut(line, ";")
	return strings.ReplaceAll(line, "\x00", ";")
}

// versionContext holds an extension that names the version of the shared
// dialplan, so one look tells whether Asterisk is running this one.
const versionContext = "orgpbx-base"

func versionOf(sections []asterisk.Section) string {
	sum := sha256.Sum256(asterisk.File{Sections: sections}.Bytes())
	return hex.EncodeToString(sum[:8])
}

// isBaseRunning asks whether Asterisk is running this version of the shared
// dialplan.
func (p *PBX) isBaseRunning(ctx context.Context) (bool, error) {
	_, err := p.console.list(ctx, "ShowDialPlan", "Context", versionContext, "Extension", p.baseVersion)
	if strings.HasPrefix(refusal(err), "Did not find") {
		return false, nil
	}
	return err == nil, err
}

// ensureBase writes the shared files where they are not as they should be, and
// loads what it wrote.
func (p *PBX) ensureBase(ctx context.Context) error {
	if err := p.base.lock(ctx); err != nil {
		return err
	}
	defer p.base.unlock()
	for _, file := range files() {
		if err := p.ensureBaseFile(ctx, file); err != nil {
			return err
		}
	}
	return nil
}

// baseTries is how often a shared file is written that another process may be
// writing too. Both write the same, and AMI has no lock for them: whoever finds
// it spoilt writes it again.
const baseTries = 10

func (p *PBX) ensureBaseFile(ctx context.Context, file string) error {
	for range baseTries {
		right, err := p.isBaseFileRight(ctx, file)
		if err != nil || right {
			return err
		}
		written, err := p.modules[file].write(ctx, "", func() error { return p.writeBaseFile(ctx, file) })
		if err != nil {
			return err
		}
		if err := pause(ctx, rand.N(50*time.Millisecond)); err != nil { //nolint:gosec // no secret: it keeps two processes apart
			return err
		}
		if err := p.modules[file].reload(ctx, written); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s is not as it was written: does somebody else write it?", p.path(organizationFile(basePrefix, file)))
}

func (p *PBX) baseOf(file string) []asterisk.Section {
	if file == "extensions" {
		return p.baseDialplan
	}
	return nil
}

func (p *PBX) isBaseFileRight(ctx context.Context, file string) (bool, error) {
	name := organizationFile(basePrefix, file)
	have, err := p.readFile(ctx, name, file)
	if err != nil || !have.exists || have.damaged || len(edits(have.sections, p.baseOf(file))) > 0 {
		return false, err
	}
	return p.hasMark(ctx, p.path(name))
}

// hasMark reports whether a file, or what it includes, holds the template.
// GetConfig does not show one without the filter.
func (p *PBX) hasMark(ctx context.Context, path string) (bool, error) {
	response, err := p.console.do(ctx, "GetConfig", "Filename", path, "Category", includedMark, "Filter", "TEMPLATES=include")
	if err != nil && refusal(err) == "" {
		return false, err
	}
	return response.Get("Category-000000") == includedMark, nil
}

func (p *PBX) writeBaseFile(ctx context.Context, file string) error {
	name := organizationFile(basePrefix, file)
	for _, name := range []string{emptyFile, name} {
		if err := p.createFile(ctx, name); err != nil {
			return err
		}
	}
	steps := append([]edit{newTemplate(includedMark)}, edits(nil, p.baseOf(file))...)
	return p.writeSteps(ctx, basePrefix+"-"+p.id, p.path(emptyFile), p.path(name), steps)
}
