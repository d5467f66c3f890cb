package asterisk

import (
	"errors"
	"fmt"
	"strings"
)

// ParseFile reads back what [File.Bytes] wrote for the file of that name. It
// returns an error that names the line when the text is not of that form, as
// after an edit by hand; the error never quotes the line, which may hold a
// password.
func ParseFile(name string, data []byte) (File, error) {
	f := File{Name: name}
	kind := ""
	for i, text := range strings.Split(string(data), "\n") {
		if id, ok := strings.CutPrefix(text, ownerLine); ok {
			f.OrganizationID = id
			continue
		}
		if comment, ok := strings.CutPrefix(text, "; "); ok {
			kind = comment
			continue
		}
		if err := f.readLine(text, kind); err != nil {
			return File{}, fmt.Errorf("%s.conf line %d: %w", name, i+1, err)
		}
	}
	return f, nil
}

// readLine adds a line that is no comment. kind is the comment before it.
func (f *File) readLine(text, kind string) error {
	if text == "" {
		return nil
	}
	if section, ok := strings.CutPrefix(text, "["); ok {
		section, ok = strings.CutSuffix(section, "]")
		if !ok || section != sectionName(section) {
			return errors.New("not a section that was generated")
		}
		f.Sections = append(f.Sections, Section{Name: section, Kind: kind})
		return nil
	}
	key, value, ok := strings.Cut(text, " =")
	if !ok || key != lineKey(key) {
		return errors.New("not a setting that was generated")
	}
	if len(f.Sections) == 0 {
		return errors.New("a setting outside of every section")
	}
	line := Line{Key: key}
	value, line.Arrow = strings.CutPrefix(value, ">")
	line.Value = strings.ReplaceAll(strings.TrimPrefix(value, " "), `\;`, ";")
	last := &f.Sections[len(f.Sections)-1]
	last.Lines = append(last.Lines, line)
	return nil
}
