package editor

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"
)

// textsJSON holds every text of the Editor, by key: what a translator gets.
//
//go:embed texts.json
var textsJSON []byte

var texts = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	if err := json.Unmarshal(textsJSON, &all); err != nil {
		panic("editor: texts.json: " + err.Error()) // it is embedded
	}
	return all
})

// text returns the text of a key, with its %s and %d filled in.
func text(key any, args ...any) (string, error) {
	found, known := texts()[fmt.Sprint(key)]
	if !known {
		return "", fmt.Errorf("editor: there is no text %q", key)
	}
	if len(args) == 0 {
		return found, nil
	}
	return fmt.Sprintf(found, args...), nil
}
