package asterisk_test

import (
	"fmt"
	"strings"
)

// readSection is a section as Asterisk understands it.
type readSection struct {
	name  string
	lines []readLine
}

type readLine struct {
	key, value string
	arrow      bool
}

// readAsAsterisk reads a configuration file by the rules of Asterisk's parser:
// its line length, comments, block comments, escapes, sections and settings. It
// shares nothing with the code under test. A directive, a template or a line
// that Asterisk complains about is an error, since none is ever generated.
func readAsAsterisk(file []byte) ([]readSection, error) {
	var sections []readSection
	depth := 0 // of block comments
	for i, line := range strings.Split(string(file), "\n") {
		if len(line) > 8190 {
			return nil, fmt.Errorf("line %d is too long and dropped", i+1)
		}
		line, _, _ = strings.Cut(line, "\x00") // a C string ends there
		text := strip(uncomment(line, &depth))
		switch {
		case text == "":
		case text[0] == '[':
			name, rest, closed := strings.Cut(text[1:], "]")
			if !closed || rest != "" {
				return nil, fmt.Errorf("line %d: section with something behind it", i+1)
			}
			sections = append(sections, readSection{name: name})
		case text[0] == '#' || text[0] == '\\':
			return nil, fmt.Errorf("line %d: directive or escaped key", i+1)
		default:
			setting, err := readSetting(text)
			if err != nil || len(sections) == 0 {
				return nil, fmt.Errorf("line %d: setting outside of a section, or %w", i+1, err)
			}
			last := &sections[len(sections)-1]
			last.lines = append(last.lines, setting)
		}
	}
	if depth != 0 {
		return nil, fmt.Errorf("a block comment is open at the end")
	}
	return sections, nil
}

func readSetting(text string) (readLine, error) {
	key, value, found := strings.Cut(text, "=")
	if !found || strip(key) == "" || strings.HasSuffix(key, "+") {
		return readLine{}, fmt.Errorf("no plain setting")
	}
	value, arrow := strings.CutPrefix(value, ">")
	return readLine{strip(key), strip(value), arrow}, nil
}

// uncomment walks over the semicolons of a line as Asterisk does: "\;" is one,
// ";--" opens and "--;" closes a block, and any other ends the line.
func uncomment(line string, depth *int) string {
	kept, at := "", 0 // what is not in a block, and where it goes on
	inside := *depth > 0
	for {
		n := strings.IndexByte(line[at:], ';')
		if n < 0 {
			break
		}
		n += at
		switch {
		case n > at && line[n-1] == '\\':
			line = line[:n-1] + line[n:]
			at = n
		case strings.HasPrefix(line[n:], ";--") && !strings.HasPrefix(line[n:], ";---"):
			if *depth == 0 {
				kept += line[:n]
			}
			*depth++
			line, at, inside = line[n+3:], 0, true
		case n >= at+2 && line[n-2:n] == "--" && *depth > 0:
			*depth--
			line, at = line[n+1:], 0
			inside = *depth > 0
		case *depth == 0:
			return kept + line[:n]
		default:
			line, at = line[n+1:], 0
		}
	}
	if inside {
		return kept
	}
	return kept + line
}

// strip cuts what Asterisk takes for blanks: every byte below 33.
func strip(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r < 33 })
}
