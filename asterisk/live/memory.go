package live

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/orgpbx/orgpbx/asterisk"
)

// noteFamily holds, for each organisation that Asterisk has anything of, what
// the last change left behind: "changing" and the files that Asterisk may have
// in another version than it has loaded, or "has" and the digest of all of it.
// There is no note of an organisation that never was there.
const noteFamily = "orgpbx/note"

type note struct {
	// exists is false while Asterisk has nothing of the organisation.
	exists bool
	// suspect are the files of a change that was not finished.
	suspect []string
	// digest is that of the state after the last change; "" while one is not
	// finished.
	digest string
}

func (c console) readNote(ctx context.Context, prefix string) (note, error) {
	events, err := c.list(ctx, "DBGet", "Family", noteFamily, "Key", prefix)
	if strings.Contains(refusal(err), "not found") || (err == nil && len(events) == 0) {
		return note{}, nil
	}
	if err != nil {
		return note{}, err
	}
	words := strings.Fields(events[0].Get("Val"))
	switch {
	case len(words) == 2 && words[0] == "has":
		return note{exists: true, digest: words[1]}, nil
	case len(words) > 0 && words[0] == "changing":
		return note{exists: true, suspect: words[1:]}, nil
	default:
		return note{exists: true, suspect: files()}, nil
	}
}

func (c console) putNote(ctx context.Context, prefix string, words ...string) error {
	if err := c.putEntry(ctx, noteFamily, prefix, strings.Join(words, " ")); err != nil {
		return fmt.Errorf("write Asterisk's database: %w", err)
	}
	return nil
}

// memory is what Asterisk had of each organisation after the last change that
// was made here. It holds as long as Asterisk's note says the same: to ask for
// everything before each change would make Asterisk look through the objects of
// all organisations.
type memory struct {
	mu    sync.Mutex
	known map[string]remembered // by context prefix
}

type remembered struct {
	digest string
	packed []byte // a fixture, compressed: there may be thousands
}

// fixture is a state without what can be read from the rest.
type fixture struct {
	Objects []fixtureObject
	Files   []asterisk.File
}

type fixtureObject struct{ Kind, Name, Text string }

func fixtureOf(s state) fixture {
	var f fixture
	for _, section := range s.sections("pjsip") {
		f.Objects = append(f.Objects, fixtureObject{section.Kind, section.Name, s.objects[keyOf(section)]})
	}
	for _, file := range files() {
		f.Files = append(f.Files, asterisk.File{Name: file, Sections: s.sections(file)})
	}
	return f
}

func (f fixture) state(prefix string) state {
	s := state{Config: asterisk.Config{Prefix: prefix}, objects: map[objectKey]string{}, files: map[string]configFile{}}
	pjsip := asterisk.File{Name: "pjsip"}
	for _, o := range f.Objects {
		s.objects[objectKey{o.Kind, o.Name}] = o.Text
		pjsip.Sections = append(pjsip.Sections, decode(o.Kind, o.Name, o.Text))
	}
	// A file without sections may be there or not; making it does no harm.
	s.Files = append([]asterisk.File{pjsip}, f.Files...)
	for _, file := range f.Files {
		s.files[file.Name] = configFile{sections: file.Sections, exists: len(file.Sections) > 0}
	}
	return s
}

// remember keeps what Asterisk has now, and returns its digest.
func (m *memory) remember(prefix string, s state) (string, error) {
	text, err := json.Marshal(fixtureOf(s))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(text); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	r := remembered{hex.EncodeToString(sum[:16]), bytes.Clone(packed.Bytes())}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known[prefix] = r
	return r.digest, nil
}

func (m *memory) forget(prefix string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.known, prefix)
}

// recall returns what Asterisk has, if it is what was remembered.
func (m *memory) recall(prefix, digest string) (state, bool) {
	m.mu.Lock()
	r, ok := m.known[prefix]
	m.mu.Unlock()
	if !ok || digest == "" || r.digest != digest {
		return state{}, false
	}
	var f fixture
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(r.packed)))
	if err != nil || json.Unmarshal(text, &f) != nil {
		return state{}, false
	}
	return f.state(prefix), true
}

// nothingOf is the state of an organisation that was never there.
func nothingOf(prefix string) state {
	s := state{Config: asterisk.Config{Prefix: prefix}, objects: map[objectKey]string{}, files: map[string]configFile{}}
	for _, file := range append([]string{"pjsip"}, files()...) {
		s.Files = append(s.Files, asterisk.File{Name: file})
	}
	return s
}

// finish notes what Asterisk has after a change that went through.
func (c *change) finish(ctx context.Context) error {
	if c.want.isNothing() {
		c.memory.forget(c.want.Prefix)
		return c.console.dropEntry(ctx, noteFamily, c.want.Prefix)
	}
	digest, err := c.memory.remember(c.want.Prefix, c.want)
	if err != nil {
		return err
	}
	return c.console.putNote(ctx, c.want.Prefix, "has", digest)
}

func (s state) isNothing() bool {
	for _, f := range s.Files {
		if len(f.Sections) > 0 {
			return false
		}
	}
	return true
}
