package live

import (
	"context"
	"sync"

	"github.com/orgpbx/orgpbx/resource"
)

// module is a module of Asterisk that loads a file of every organisation. Any
// number of files are written at a time, and none while the module is reloaded,
// because Asterisk writes in place. A reload reads the files of all, so one
// serves everybody who wrote before it began: with thousands of queues it takes
// long, and Asterisk does one at a time.
type module struct {
	// load has Asterisk load the files, or of them only the part that is named.
	load func(ctx context.Context, part string) error

	mu       sync.Mutex
	writing  int                    // how many write
	expected int                    // how many will write, and can share a reload
	waiting  map[chan struct{}]bool // who will write; closed to let one in
	running  bool                   // a reload runs
	next     *round                 // the reload that has not begun
}

// round is one reload and all whom it serves.
type round struct {
	asked  bool // these three belong to the module's lock
	urgent bool
	parts  map[string]bool // what was written
	err    error
	done   chan struct{}
}

func newRound() *round { return &round{parts: map[string]bool{}, done: make(chan struct{})} }

// part is the only one that was written, or "" for more than that.
func (r *round) part() string {
	if len(r.parts) != 1 {
		return ""
	}
	for part := range r.parts {
		return part
	}
	return ""
}

func newModule(load func(ctx context.Context, part string) error) *module {
	return &module{load: load, next: newRound(), waiting: map[chan struct{}]bool{}}
}

// expect announces somebody who will write, so that a reload that is not urgent
// waits for him. He calls what is returned once he has written, or never will;
// again does no harm.
func (m *module) expect(ctx context.Context) (arrived func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.expected++
	return sync.OnceFunc(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.expected--
		m.beginIfDue(ctx)
	})
}

// write writes files of the module and returns the reload that will load them
// if it is asked for. part names what alone differs in them afterwards; it is ""
// for more than one thing. It lets a reload that somebody waits for go first, so
// nobody who writes can keep it off.
func (m *module) write(ctx context.Context, part string, files func() error) (*round, error) {
	if err := m.enter(ctx); err != nil {
		return nil, err
	}
	err := files()
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.next
	r.parts[part] = true
	m.writing--
	m.beginIfDue(ctx)
	return r, err
}

// enter waits until no reload runs or is due. Whoever waits for the end of
// the same reload comes in together, and so shares the next one.
func (m *module) enter(ctx context.Context) error {
	m.mu.Lock()
	if !m.running && !m.isDue() {
		m.writing++
		m.mu.Unlock()
		return nil
	}
	in := make(chan struct{})
	m.waiting[in] = true
	m.mu.Unlock()
	defer resource.Waiting(ctx)()
	select {
	case <-in:
		return nil
	case <-ctx.Done():
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.waiting[in] { // it came in meanwhile
		m.writing--
		m.beginIfDue(ctx)
	}
	delete(m.waiting, in)
	return waited(ctx.Err())
}

// reload has the module load what was written before the round was returned. It
// is not cut off with the one who asked first: others wait for it too.
func (m *module) reload(ctx context.Context, r *round) error {
	return m.ask(ctx, r, true)
}

// reloadTogether is reload for those who can wait until all have written who are
// expected.
func (m *module) reloadTogether(ctx context.Context, r *round) error {
	return m.ask(ctx, r, false)
}

func (m *module) ask(ctx context.Context, r *round, urgent bool) error {
	m.mu.Lock()
	r.asked, r.urgent = true, r.urgent || urgent
	m.beginIfDue(ctx)
	m.mu.Unlock()
	defer resource.Waiting(ctx)()
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return waited(ctx.Err())
	}
}

// reloadNow has the module load what others wrote, while nobody writes.
func (m *module) reloadNow(ctx context.Context) error {
	r, err := m.write(ctx, "", func() error { return nil })
	if err != nil {
		return err
	}
	return m.reload(ctx, r)
}

// isDue reports whether the next reload only waits for those who write.
func (m *module) isDue() bool { return m.next.asked && (m.next.urgent || m.expected == 0) }

// beginIfDue begins the next reload where one is due and nobody writes.
func (m *module) beginIfDue(ctx context.Context) {
	if !m.isDue() || m.writing > 0 || m.running {
		return
	}
	r := m.next
	m.next, m.running = newRound(), true
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*busyTimeout)
		defer cancel()
		r.err = m.load(ctx, r.part())
		m.mu.Lock()
		defer m.mu.Unlock()
		m.running = false
		close(r.done)
		m.writing = len(m.waiting) // nobody came in while it ran
		for in := range m.waiting {
			close(in)
		}
		clear(m.waiting)
		m.beginIfDue(ctx)
	}()
}
