package guard

import (
	"errors"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// tellEvery is how often the trail is told of the same one being refused.
const tellEvery = time.Minute

// told remembers whose refusals the trail was told of.
type told struct {
	now  func() time.Time
	kept *lru.Cache[name, *window]
}

type window struct {
	mu      sync.Mutex
	began   time.Time // zero before the first
	refused int       // since it began, beside the one that was told
}

// Tell says whether the trail is to be told of a refused request. It is of any
// error but a [*LimitError], and of one of those a minute for each address or
// account: who is refused cannot fill the trail. untold is how many were passed
// over since the last one.
func (g *Guard) Tell(err error, who string) (tell bool, untold int) {
	var exceeded *LimitError
	if !errors.As(err, &exceeded) {
		return true, 0
	}
	w := g.told.of(nameOf(network(who)))
	w.mu.Lock()
	defer w.mu.Unlock()
	now := g.told.now()
	if now.Sub(w.began) < tellEvery {
		w.refused++
		return false, 0
	}
	untold, w.began, w.refused = w.refused, now, 0
	return true, untold
}

func (t told) of(n name) *window {
	if kept, is := t.kept.Get(n); is {
		return kept
	}
	made := &window{}
	if kept, is, _ := t.kept.PeekOrAdd(n, made); is {
		return kept
	}
	return made
}
