package live

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/resource"
)

// family is where sorcery.conf tells Asterisk to look for objects in its
// database: ps/endpoint, ps/auth and so on.
const family = "ps"

// hostField keeps the host name of an identify beside the addresses that it
// stands for. Asterisk passes over settings that it does not know.
const hostField = "orgpbx_host"

// sorcerySections writes the sections of pjsip.conf as they can be in the
// database, where a setting is there once: "disallow=all" becomes the "!all" of
// allow, and the type is in the family.
func sorcerySections(sections []asterisk.Section) []asterisk.Section {
	written := make([]asterisk.Section, len(sections))
	for i, s := range sections {
		all := slices.ContainsFunc(s.Lines, func(l asterisk.Line) bool { return l.Key == "disallow" && l.Value == "all" })
		written[i] = asterisk.Section{Name: s.Name, Kind: s.Kind}
		for _, l := range s.Lines {
			if l.Key == "type" || (all && l.Key == "disallow") {
				continue
			}
			if all && l.Key == "allow" {
				l.Value = "!all," + l.Value
			}
			written[i].Lines = append(written[i].Lines, asterisk.Line{Key: l.Key, Value: l.Value})
		}
	}
	return written
}

// encode writes a section as the flat JSON object that Asterisk reads, in the
// order of its lines. addresses are what the host name of an identify stands
// for, and empty where Asterisk needs none.
func encode(s asterisk.Section, addresses string) (string, error) {
	var text bytes.Buffer
	write := json.NewEncoder(&text)
	write.SetEscapeHTML(false)
	there := map[string]bool{}
	put := func(key, value string) error {
		if there[key] {
			return rejected(s, "the setting "+key+" is there twice")
		}
		if len(there) > 0 {
			text.WriteByte(',')
		}
		there[key] = true
		if err := write.Encode(key); err != nil {
			return err
		}
		text.WriteByte(':')
		return write.Encode(value)
	}
	text.WriteByte('{')
	for _, l := range s.Lines {
		value := l.Value
		if addresses != "" && l.Key == "match" {
			value = addresses
		}
		if err := put(l.Key, value); err != nil {
			return "", err
		}
	}
	if addresses != "" {
		host, _ := setting(s, "match")
		if err := put(hostField, host); err != nil {
			return "", err
		}
	}
	text.WriteByte('}')
	// The encoder ends each string with a line feed; inside of one it is \n.
	object := strings.ReplaceAll(text.String(), "\n", "")
	if len("Val: ")+len(object) > ami.MaxLine {
		return "", rejected(s, fmt.Sprintf("its settings are too long to send: %d bytes of %d", len(object), ami.MaxLine-len("Val: ")))
	}
	return object, nil
}

// decode reads a section back. What is no flat object of strings gives a
// section without lines, which is like no other.
func decode(kind, name, object string) asterisk.Section {
	s := asterisk.Section{Name: name, Kind: kind}
	lines, err := decodeLines(object)
	if err != nil {
		return s
	}
	host := slices.IndexFunc(lines, func(l asterisk.Line) bool { return l.Key == hostField })
	if host >= 0 {
		match := slices.IndexFunc(lines, func(l asterisk.Line) bool { return l.Key == "match" })
		if match >= 0 {
			lines[match].Value = lines[host].Value
		}
		lines = slices.Delete(lines, host, host+1)
	}
	s.Lines = lines
	return s
}

func decodeLines(object string) ([]asterisk.Line, error) {
	if lines, ok := decodeOwn(object); ok {
		return lines, nil
	}
	return decodeAny(object)
}

func decodeAny(object string) ([]asterisk.Line, error) {
	read := json.NewDecoder(strings.NewReader(object))
	if t, err := read.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("not an object")
	}
	var lines []asterisk.Line
	for read.More() {
		var texts [2]string
		for i := range texts {
			t, err := read.Token()
			if err != nil {
				return nil, err
			}
			text, ok := t.(string)
			if !ok {
				return nil, errors.New("not a flat object of strings")
			}
			texts[i] = text
		}
		lines = append(lines, asterisk.Line{Key: texts[0], Value: texts[1]})
	}
	_, err := read.Token()
	return lines, err
}

// decodeOwn reads an object as encode writes it, without a space, many times
// faster than what reads any. ok is false for all that is written otherwise.
func decodeOwn(object string) (lines []asterisk.Line, ok bool) {
	rest, ok := strings.CutPrefix(object, "{")
	for ok && rest != "}" {
		var l asterisk.Line
		if len(lines) > 0 {
			if rest, ok = strings.CutPrefix(rest, ","); !ok {
				return nil, false
			}
		}
		if l.Key, rest, ok = cutString(rest); !ok {
			return nil, false
		}
		if rest, ok = strings.CutPrefix(rest, ":"); !ok {
			return nil, false
		}
		l.Value, rest, ok = cutString(rest)
		lines = append(lines, l)
	}
	return lines, ok
}

// cutString cuts a JSON string from the beginning of a text.
func cutString(text string) (value, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		return "", "", false
	}
	escaped := false
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] < ' ':
			return "", "", false
		case text[i] == '\\':
			escaped = true
			i++
		case text[i] != '"':
		case !escaped:
			return text[1:i], text[i+1:], utf8.ValidString(text[1:i])
		default:
			err := json.Unmarshal([]byte(text[:i+1]), &value)
			return value, text[i+1:], err == nil
		}
	}
	return "", "", false
}

func setting(s asterisk.Section, key string) (value string, ok bool) {
	for _, l := range s.Lines {
		if l.Key == key {
			return l.Value, true
		}
	}
	return "", false
}

func rejected(s asterisk.Section, reason string) error {
	return &resource.RejectedError{Object: s.Kind, Name: s.Name, Reason: reason}
}
