package live

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

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
