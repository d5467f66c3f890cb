package httpapi

import (
	"bytes"
	"encoding/json"
	"io"
	"unicode/utf8"
)

// maxDepth is how deep a document may be nested. No request needs more than 3.
const maxDepth = 16

// isStrictJSON reports whether data is one JSON document that every reader
// takes the same way: in UTF-8, no name twice in one object, not nested deep.
func isStrictJSON(data []byte) bool {
	if !utf8.Valid(data) || !json.Valid(data) {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if !isStrictValue(d, 0) {
		return false
	}
	_, err := d.Token()
	return err == io.EOF
}

func isStrictValue(d *json.Decoder, depth int) bool {
	token, err := d.Token()
	if err != nil || depth > maxDepth {
		return false
	}
	switch token {
	case json.Delim('{'):
		return isStrictObject(d, depth)
	case json.Delim('['):
		for d.More() {
			if !isStrictValue(d, depth+1) {
				return false
			}
		}
		_, err = d.Token() // the closing bracket
	}
	return err == nil
}

func isStrictObject(d *json.Decoder, depth int) bool {
	seen := map[json.Token]bool{}
	for d.More() {
		name, err := d.Token()
		if err != nil || seen[name] || !isStrictValue(d, depth+1) {
			return false
		}
		seen[name] = true
	}
	_, err := d.Token() // the closing brace
	return err == nil
}
