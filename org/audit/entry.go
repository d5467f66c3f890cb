package audit

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"time"
)

// Platform is the chain of what belongs to no organisation.
const Platform = ""

// OK is the outcome of what was not refused.
const OK = "ok"

// ActorKind is the kind of a caller.
type ActorKind string

// The kinds of callers.
const (
	Anonymous     ActorKind = "anonymous" // no credential, or none that is valid
	Administrator ActorKind = "administrator"
	Organization  ActorKind = "organization" // by its main API key, or a token of it
	APIKey        ActorKind = "api_key"      // a named one of an organisation, or a token of it
	Member        ActorKind = "member"
	System        ActorKind = "system" // the server by itself: what is past its time
)

// ActorKinds returns every kind of caller.
func ActorKinds() []ActorKind {
	return []ActorKind{Anonymous, Administrator, Organization, APIKey, Member, System}
}

// Actor is who did something.
type Actor struct {
	Kind ActorKind
	ID   string // of the organisation, the named key or the member; empty for others
}

// Object is what something was done to.
type Object struct {
	Kind string // such as "user"; empty when it is of no kind
	ID   string // empty when it did not get as far as having one
}

// Entry is one line of the trail. Once saved it never changes, but that the
// Details go with their organisation.
type Entry struct {
	Chain     string // the organisation's id, or [Platform]
	Sequence  int64  // from 1, without gaps
	At        time.Time
	Actor     Actor
	Operation string // as the OpenAPI document names it
	Object    Object
	Outcome   string // [OK], or the code of the problem
	RequestID string
	// Details is the JSON of [Details], byte for byte as it was hashed; empty
	// once it was erased.
	Details     string
	DetailsHash [32]byte
	Previous    [32]byte // the hash of the entry before; zero for the first
	Hash        [32]byte
}

// Details is what of an entry may be about a person.
type Details struct {
	// Salt keeps somebody who has a hash from finding the details by trying.
	Salt      string `json:"salt"`
	ActorName string `json:"actor_name,omitempty"` // API key, name of a named one, e-mail address or user name
	Remote    string `json:"remote,omitempty"`     // the address that the request came from
	Changes   []Diff `json:"changes,omitempty"`
	// Untold is how many requests of the same caller were refused like this one,
	// since the last entry of that kind, and have no entry.
	Untold int `json:"untold,omitempty"`
}

// Diff is one object that was changed, with the fields that differ.
type Diff struct {
	Kind   string            `json:"kind"`
	ID     string            `json:"id"`
	Fields map[string]Change `json:"fields"`
}

// Change is a field before and after, as JSON. Before is absent when the object
// is new, After when it is gone.
type Change struct {
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// Reveal reads the details; erased ones are empty.
func (e Entry) Reveal() (Details, error) {
	var d Details
	if e.Details == "" {
		return d, nil
	}
	if err := json.Unmarshal([]byte(e.Details), &d); err != nil {
		return Details{}, fmt.Errorf("audit: read details of entry %d: %w", e.Sequence, err)
	}
	return d, nil
}

func (e *Entry) seal(d Details) error {
	d.Salt = rand.Text()
	text, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("audit: write details: %w", err)
	}
	e.Details, e.DetailsHash = string(text), sha256.Sum256(text)
	return nil
}

// After returns the entry as the one that follows last, which is zero where
// the chain is empty.
func (e Entry) After(last Entry) Entry {
	e.Sequence = last.Sequence + 1
	e.Previous = last.Hash
	e.Hash = e.digest()
	return e
}

// digest is the hash of all but the hash, and of the details only their hash.
// Each text is preceded by its length, so that none can pass for two.
func (e Entry) digest() [32]byte {
	h := sha256.New()
	writeNumber(h, e.Sequence)
	writeNumber(h, e.At.UnixMicro())
	for _, text := range []string{
		e.Chain, string(e.Actor.Kind), e.Actor.ID, e.Operation,
		e.Object.Kind, e.Object.ID, e.Outcome, e.RequestID,
	} {
		writeNumber(h, int64(len(text)))
		h.Write([]byte(text))
	}
	h.Write(e.DetailsHash[:])
	h.Write(e.Previous[:])
	return [32]byte(h.Sum(nil))
}

func writeNumber(h hash.Hash, n int64) {
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) //nolint:gosec // the bits, whatever the sign
}

// follows reports whether the entry is whole and the one after last.
func (e Entry) follows(last Entry) bool {
	return e.Sequence == last.Sequence+1 && e.Previous == last.Hash && e.Hash == e.digest() &&
		(e.Details == "" || sha256.Sum256([]byte(e.Details)) == e.DetailsHash)
}
