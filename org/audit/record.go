package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Record is the entry of one operation in the making. It is safe for
// concurrent use. A nil one records nothing.
type Record struct {
	mu      sync.Mutex
	entry   Entry
	details Details
	outside []note // what no transaction saves
	noted   []note
	saved   bool
}

type note struct {
	kind, id      string
	before, after any
	secrets       []string
}

type recordKey struct{}

// Begin returns a context that carries a new record. The entry says what is
// known of the operation before it runs.
func Begin(ctx context.Context, e Entry, d Details) (context.Context, *Record) {
	e.At = e.At.UTC().Truncate(time.Microsecond) // which every backend can keep
	r := &Record{entry: e, details: d}
	return context.WithValue(ctx, recordKey{}, r), r
}

// Without returns a context for work that is not part of the operation.
func Without(ctx context.Context) context.Context {
	return context.WithValue(ctx, recordKey{}, (*Record)(nil))
}

// Of returns the record that the context carries, or nil.
func Of(ctx context.Context) *Record {
	r, _ := ctx.Value(recordKey{}).(*Record)
	return r
}

// Changed notes that an object changes in the transaction that runs: before is
// nil when it is new, after when it goes. Only what they show as JSON is kept,
// and of the fields in secrets only that they differ.
func Changed(ctx context.Context, kind, id string, before, after any, secrets ...string) {
	if r := Of(ctx); r != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.noted = append(r.noted, note{kind, id, before, after, secrets})
	}
}

// ChangedOutside is Changed for what no transaction of an organisation saves,
// such as what changed in the PBX. It is in the entry of [Service.Finish].
func ChangedOutside(ctx context.Context, kind, id string, before, after any) {
	if r := Of(ctx); r != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.outside = append(r.outside, note{kind, id, before, after, nil})
	}
}

// Identify says who acts, where the operation itself finds that out: a login.
func (r *Record) Identify(a Actor, name string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entry.Actor, r.details.ActorName = a, name
}

// About says what a refused operation was about.
func (r *Record) About(o Object) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entry.Object = o
}

// Untold says how many that were refused in the same way have no entry.
func (r *Record) Untold(n int) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.details.Untold = n
}

// Restart forgets what a transaction that was not saved had noted. Stores call
// it at the start of each.
func (r *Record) Restart() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.noted = nil
}

// Pending returns the entry to save in the transaction on this organisation,
// and false when there is none: nothing was noted, or it is saved already.
func (r *Record) Pending(chain string) (Entry, bool, error) {
	if r == nil {
		return Entry{}, false, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.saved || len(r.noted) == 0 {
		return Entry{}, false, nil
	}
	e, err := r.finished(chain, OK)
	return e, err == nil, err
}

// Saved says that the entry of [Record.Pending] is in the store.
func (r *Record) Saved() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.saved = true
}

func (r *Record) finished(chain, outcome string) (Entry, error) {
	e, d := r.entry, r.details
	e.Chain, e.Outcome = chain, outcome
	for i, n := range r.noted {
		if i == 0 {
			e.Object = Object{n.kind, n.id}
		}
		fields, err := n.diff()
		if err != nil {
			return Entry{}, err
		}
		d.Changes = append(d.Changes, Diff{Kind: n.kind, ID: n.id, Fields: fields})
	}
	err := e.seal(d)
	return e, err
}

// diff returns the fields that differ.
func (n note) diff() (map[string]Change, error) {
	before, err := fieldsOf(n.before)
	if err != nil {
		return nil, err
	}
	after, err := fieldsOf(n.after)
	if err != nil {
		return nil, err
	}
	fields := map[string]Change{}
	for name, was := range before {
		if !bytes.Equal(was, after[name]) {
			fields[name] = Change{was, after[name]}
		}
	}
	for name, is := range after {
		if _, there := before[name]; !there {
			fields[name] = Change{After: is}
		}
	}
	for _, name := range n.secrets {
		if c, differs := fields[name]; differs {
			fields[name] = Change{hidden(c.Before), hidden(c.After)}
		}
	}
	return fields, nil
}

// hidden stands for a secret. An empty one is told: that there is none is none.
func hidden(value json.RawMessage) json.RawMessage {
	if value == nil || slices.Contains([]string{`""`, "null"}, string(value)) {
		return value
	}
	return json.RawMessage(`"[redacted]"`)
}

func fieldsOf(v any) (map[string]json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	if v == nil {
		return fields, nil
	}
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}
	if err != nil {
		return nil, fmt.Errorf("audit: compare: %w", err)
	}
	return fields, nil
}
