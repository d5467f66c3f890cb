package ami

import (
	"fmt"
	"strings"
	"sync"
)

// call is one action that was sent and what has come back for it.
type call struct {
	action string
	serial uint64 // order of sending within the connection
	list   bool

	// The fields below belong to the table until done is closed.
	abandoned bool // nobody waits any more, what still comes is dropped
	resp      Response
	items     []Event
	err       error
	done      chan struct{}
}

func (c *call) finish(err error) {
	c.err = err
	close(c.done)
}

// callTable correlates what Asterisk sends with the actions that wait for it.
type callTable struct {
	mu     sync.Mutex
	calls  map[string]*call // by ActionID
	failed error            // set once, when the connection is gone
}

func newCallTable() *callTable { return &callTable{calls: map[string]*call{}} }

// add registers a call before its action is sent. It fails once the connection
// is gone.
func (t *callTable) add(id string, c *call) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failed != nil {
		return fmt.Errorf("%w: %s: %w", ErrNotConnected, c.action, t.failed)
	}
	t.calls[id] = c
	return nil
}

// remove forgets a call whose action was never sent.
func (t *callTable) remove(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.calls, id)
}

// abandon keeps the place of a call that nobody waits for any more, so that
// the items of a late list do not pass for events that nobody asked for. It
// reports false when the call has ended already.
func (t *callTable) abandon(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, ok := t.calls[id]
	if ok {
		c.abandoned, c.items = true, nil
	}
	return ok
}

// answer takes a response and reports whether a call waited for it.
func (t *callTable) answer(r Response) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	id := r.ActionID()
	c, ok := t.calls[id]
	if !ok {
		return false
	}
	c.resp = r
	switch listState := r.Get("EventList"); {
	case r.failed():
		t.settle(id, c, &ActionError{Action: c.action, Message: strings.TrimSpace(r.Get("Message"))})
	case !c.list:
		t.settle(id, c, nil)
	case strings.EqualFold(listState, "start"):
		// The items follow.
	case listState == "":
		t.settle(id, c, fmt.Errorf("%w: %s", ErrNotList, c.action))
	default:
		t.settle(id, c, listEnd(c.action, listState))
	}
	return true
}

// item takes an event and reports whether it belongs to a list.
func (t *callTable) item(e Event) bool {
	id := e.ActionID()
	if id == "" {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	c, ok := t.calls[id]
	if !ok || !c.list {
		return false
	}
	switch listState := e.Get("EventList"); {
	case listState != "" && !strings.EqualFold(listState, "start"):
		t.settle(id, c, listEnd(c.action, listState))
	case !c.abandoned:
		c.items = append(c.items, e)
	}
	return true
}

// listEnd tells a complete list from one that was broken off.
func listEnd(action, state string) error {
	if strings.EqualFold(state, "complete") {
		return nil
	}
	return fmt.Errorf("%w: %s: EventList is %q", ErrListCancelled, action, state)
}

// meansEmpty recognises the words in which PJSIPShowEndpoints and its kind, and
// the lists of conferences, refuse to list what there is none of.
func meansEmpty(message string) bool {
	switch strings.ToLower(message) {
	case "no endpoints found", "no aors found", "no auths found", "no contacts found",
		"no resource lists found", "no active conferences.":
		return true
	}
	return false
}

func (t *callTable) settle(id string, c *call, err error) {
	delete(t.calls, id)
	c.finish(err)
}

// fail ends all calls at once, and every later add.
func (t *callTable) fail(cause error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failed = cause
	for id, c := range t.calls {
		t.settle(id, c, fmt.Errorf("%w: %s: %w: %w", ErrNotConnected, c.action, ErrOutcomeUnknown, cause))
	}
}

// working reports whether Asterisk is busy with an action that somebody waits
// for. It answers the actions of one connection in turn, so the oldest
// unanswered one is what it works on; a reload may take minutes, and no ping is
// answered before it ends.
func (t *callTable) working() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	var oldest *call
	for _, c := range t.calls {
		if oldest == nil || c.serial < oldest.serial {
			oldest = c
		}
	}
	return oldest != nil && !oldest.abandoned
}

// purge forgets abandoned calls sent before the one of that serial was
// answered: their answers will not come any more.
func (t *callTable) purge(before uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, c := range t.calls {
		if c.abandoned && c.serial < before {
			delete(t.calls, id)
		}
	}
}
