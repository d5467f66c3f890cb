package calls

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/orgpbx/orgpbx/resource/cdr"
)

// maxSavedEvents bounds the memory of [savedEvents]: some 10 MB.
const maxSavedEvents = 100_000

// savedEvents are records that came as events, are saved, and were not read in the file
// yet. To save them again would change nothing, but take the store nearly as long, and
// what the events had not would wait behind them.
type savedEvents struct {
	mu   sync.Mutex
	keys map[recordKey]bool
}

// recordKey is what a record is known by, in whatever way it comes.
type recordKey struct {
	contextPrefix, uniqueID string
	sequence                int64
}

// add notes records. When there are too many, because nobody reads them in the file, it
// forgets all: what is read then is saved again.
func (s *savedEvents) add(records []cdr.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil || len(s.keys)+len(records) > maxSavedEvents {
		s.keys = map[recordKey]bool{}
	}
	for _, r := range records {
		// The text of a record is a part of that of the whole event.
		s.keys[recordKey{strings.Clone(r.ContextPrefix), strings.Clone(r.UniqueID), r.Sequence}] = true
	}
}

// others returns those records that are not here, and forgets the rest: each is in the
// file once.
func (s *savedEvents) others(records []cdr.Record) []cdr.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(records), func(r cdr.Record) bool {
		key := recordKey{r.ContextPrefix, r.UniqueID, r.Sequence}
		known := s.keys[key]
		delete(s.keys, key)
		return known
	})
}

// withoutEvents is a recorder of what the file has and the events had not.
type withoutEvents struct {
	Recorder
	saved *savedEvents
}

// Record implements [Recorder].
func (w withoutEvents) Record(ctx context.Context, records []cdr.Record) error {
	others := w.saved.others(records)
	if len(others) == 0 {
		return nil
	}
	return w.Recorder.Record(ctx, others)
}
