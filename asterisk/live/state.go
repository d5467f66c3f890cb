package live

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk"
)

// state is what Asterisk has, or shall have, of one organisation.
type state struct {
	asterisk.Config
	// objects is the text of each PJSIP object.
	objects map[objectKey]string
	// files are what Asterisk has on its disk, of a state that was read.
	files map[string]configFile
}

// sections are those of one configuration file.
func (s state) sections(file string) []asterisk.Section {
	for _, f := range s.Files {
		if f.Name == file {
			return f.Sections
		}
	}
	return nil
}

// read asks Asterisk for all that it has of an organisation.
func (p *PBX) read(ctx context.Context, prefix string) (state, error) {
	s := state{Config: asterisk.Config{Prefix: prefix}, files: map[string]configFile{}}
	var err error
	if s.objects, err = p.console.readObjects(ctx, prefix); err != nil {
		return state{}, fmt.Errorf("read Asterisk's database: %w", err)
	}
	pjsip := asterisk.File{Name: "pjsip"}
	for _, kind := range kinds() {
		for _, key := range slices.SortedFunc(maps.Keys(s.objects), compareKeys) {
			if key.kind == kind {
				pjsip.Sections = append(pjsip.Sections, decode(kind, key.name, s.objects[key]))
			}
		}
	}
	s.Files = append(s.Files, pjsip)
	for _, file := range files() {
		if s.files[file], err = p.readFile(ctx, organizationFile(prefix, file), file); err != nil {
			return state{}, err
		}
		s.Files = append(s.Files, asterisk.File{Name: file, Sections: s.files[file].sections})
	}
	return s, nil
}

func compareKeys(a, b objectKey) int {
	return strings.Compare(a.kind+"/"+a.name, b.kind+"/"+b.name)
}

// wanted is the state that a configuration asks for, but for the text of its
// PJSIP objects. What the files' writer would escape or cut is so here too.
func wanted(c asterisk.Config) (state, error) {
	s := state{Config: asterisk.Config{Prefix: c.Prefix}, objects: map[objectKey]string{}}
	for _, f := range c.Files {
		clean, err := asterisk.ParseFile(f.Name, f.Bytes())
		if err != nil {
			return state{}, fmt.Errorf("a rendered file cannot be read back: %w", err)
		}
		if f.Name == "pjsip" {
			clean.Sections = sorcerySections(clean.Sections)
		}
		s.Files = append(s.Files, asterisk.File{Name: f.Name, Sections: clean.Sections})
	}
	return s, nil
}

// encodeObjects writes the text of the PJSIP objects. One that Asterisk has
// already keeps its text, so no name is looked up again for it.
func (p *PBX) encodeObjects(ctx context.Context, want, have state) error {
	written := map[objectKey][]asterisk.Line{}
	for _, s := range have.sections("pjsip") {
		written[keyOf(s)] = s.Lines
	}
	for _, s := range want.sections("pjsip") {
		key := keyOf(s)
		if text, ok := have.objects[key]; ok && slices.Equal(written[key], s.Lines) {
			want.objects[key] = text
			continue
		}
		addresses, err := p.addresses(ctx, s)
		if err != nil {
			return err
		}
		if want.objects[key], err = encode(s, addresses); err != nil {
			return err
		}
	}
	return nil
}

// addresses resolves the host name of an identify. It returns "" for all that
// Asterisk can be given as it is.
func (p *PBX) addresses(ctx context.Context, s asterisk.Section) (string, error) {
	match, ok := setting(s, "match")
	if !ok || s.Kind != asterisk.KindIdentify || isAddress(match) {
		return "", nil
	}
	found, err := p.resolver.LookupNetIP(ctx, "ip", match)
	if err != nil && ctx.Err() != nil {
		return "", waited(ctx.Err())
	}
	if err != nil || len(found) == 0 {
		return "", rejected(s, "its address does not resolve")
	}
	var texts []string
	for _, a := range found {
		texts = append(texts, a.Unmap().WithZone("").String())
	}
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), ","), nil
}

func isAddress(match string) bool {
	if _, err := netip.ParseAddr(match); err == nil {
		return true
	}
	_, err := netip.ParsePrefix(match)
	return err == nil
}
