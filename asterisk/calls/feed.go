package calls

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// Recorder is what records are given to. [cdr.Service] is one.
type Recorder interface {
	Record(ctx context.Context, records []cdr.Record) error
}

// Positions keep how far a file was read. A store is one.
type Positions interface {
	Position(ctx context.Context, source string) (string, error)
	SavePosition(ctx context.Context, source, position string) error
}

// Config is what a [Feed] needs. Recorder must be set, and Positions beside File.
type Config struct {
	Recorder  Recorder
	Positions Positions
	// File is the file of call records that Asterisk writes, where this process can
	// read it. Without one, what happens while there is no manager connection is
	// not recorded.
	File string
	// Interval is how often the file is read when nothing else is a reason to; 1
	// minute when 0.
	Interval time.Duration
	// Retry is how long to wait after the recorder failed, and before the file is read
	// for a reason; 1 second when 0.
	Retry time.Duration
	// Logger gets what an operator must know; nothing is logged when nil.
	Logger *slog.Logger
}

// Feed hands the records of calls to a recorder. It is safe for concurrent use.
type Feed struct {
	config   Config
	arrived  chan cdr.Record
	saved    savedEvents   // where there is a file
	left     atomic.Int64  // how many events were left to the file since it was read
	read     chan struct{} // holds one: the file has something that the events had not
	done     chan struct{}
	unmapped sync.Once
}

// NewFeed returns a feed. Nothing is recorded until [Feed.Run] runs.
func NewFeed(config Config) *Feed {
	if config.Interval == 0 {
		config.Interval = time.Minute
	}
	if config.Retry == 0 {
		config.Retry = time.Second
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	return &Feed{
		config:  config,
		arrived: make(chan cdr.Record, batch),
		read:    make(chan struct{}, 1),
		done:    make(chan struct{}),
	}
}

// Events names the classes of events that the feed needs, for [ami.Config].
func (f *Feed) Events() string { return "system,cdr" }

// Event takes the events of a manager connection and lets all but call records
// pass. What comes faster than it is recorded is left to the file. Where there is none
// it waits, which makes the events wait in the memory of the connection, without a bound.
func (f *Feed) Event(e ami.Event) {
	if e.Name() != "Cdr" {
		return
	}
	if len(e.Values(eventName("sequence"))) == 0 {
		f.unmapped.Do(func() {
			f.config.Logger.Warn("calls: Asterisk's call records lack what the mappings in cdr_manager.conf add, and cannot be used")
		})
		return
	}
	record, err := parse(func(field string) string { return e.Get(eventName(field)) })
	switch {
	case errors.Is(err, errNotOurs):
	case err != nil:
		f.config.Logger.Warn("calls: a call record is left out", "error", err)
	default:
		f.take(record)
	}
}

// take hands a record on to Run. When that is behind, the record is left to the file.
func (f *Feed) take(record cdr.Record) {
	select {
	case f.arrived <- record:
		return
	default:
	}
	if f.hasFile() {
		f.left.Add(1)
		f.readFile()
		return
	}
	select {
	case f.arrived <- record:
	case <-f.done:
	}
}

// hasFile reports whether the file is there and can be read. It may have been rotated
// a moment ago, or never be written.
func (f *Feed) hasFile() bool {
	opened, err := os.Open(f.config.File)
	if err != nil {
		return false
	}
	return opened.Close() == nil
}

// Ready says that there is a manager connection again. It does not block.
func (f *Feed) Ready() { f.readFile() }

// readFile has the file read soon.
func (f *Feed) readFile() {
	select {
	case f.read <- struct{}{}:
	default: // it has been said already
	}
}

// Run records until ctx ends, and returns its error. What has arrived by then is
// recorded still.
func (f *Feed) Run(ctx context.Context) error {
	defer close(f.done)
	var running sync.WaitGroup
	defer running.Wait()
	if f.config.File != "" {
		running.Go(func() { f.followFile(ctx) })
	}
	for {
		select {
		case <-ctx.Done():
			f.last(ctx)
			return ctx.Err()
		case record := <-f.arrived:
			f.record(ctx, f.more(record))
		}
	}
}

// more takes what has arrived beside a record: the busier it is the more there is
// at a time.
func (f *Feed) more(first cdr.Record) []cdr.Record {
	records := []cdr.Record{first}
	for len(records) < batch {
		select {
		case record := <-f.arrived:
			records = append(records, record)
		default:
			return records
		}
	}
	return records
}

// record tries until it succeeds, or until ctx ends.
func (f *Feed) record(ctx context.Context, records []cdr.Record) {
	for {
		err := f.config.Recorder.Record(ctx, records)
		if err == nil {
			if f.config.File != "" {
				f.saved.add(records)
			}
			return
		}
		if ctx.Err() == nil {
			f.config.Logger.Warn("calls: call records are not saved and tried again", "error", err, "retry_in", f.config.Retry)
		}
		select {
		case <-time.After(f.config.Retry):
		case <-ctx.Done():
			f.last(ctx, records...)
			return
		}
	}
}

// lastWords is how long it may take to record what has arrived when the process
// stops.
const lastWords = 5 * time.Second

// last records what has arrived, once. Where a file is read it is no loss when
// that fails.
func (f *Feed) last(ctx context.Context, records ...cdr.Record) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	for {
		select {
		case record := <-f.arrived:
			records = append(records, record)
			continue
		default:
		}
		break
	}
	if len(records) == 0 {
		return
	}
	if err := f.config.Recorder.Record(ctx, records); err != nil {
		f.config.Logger.Warn("calls: call records are not saved", "error", err, "records", len(records))
	}
}

// followFile reads the file again and again until ctx ends.
func (f *Feed) followFile(ctx context.Context) {
	reader := &file{
		path: f.config.File, recorder: withoutEvents{f.config.Recorder, &f.saved}, positions: f.config.Positions, log: f.config.Logger,
	}
	// It is not read the moment there is a reason to: Asterisk writes the line of an
	// event after it, and several lines are saved as fast as one.
	pause := min(f.config.Interval, f.config.Retry)
	for {
		if left := f.left.Swap(0); left > 0 {
			f.config.Logger.Warn("calls: calls come faster than they are saved, and are read from the file", "calls", left)
		}
		err := reader.pass(ctx)
		if err != nil && ctx.Err() == nil {
			f.config.Logger.Warn("calls: the file of call records is not read and tried again", "error", err)
		}
		if err == nil && !wait(ctx, f.config.Interval-pause, f.read) || !wait(ctx, pause, nil) {
			return
		}
	}
}

// wait waits for a time or for somebody who says that it is enough, and reports false
// when ctx ends first.
func wait(ctx context.Context, at time.Duration, enough <-chan struct{}) bool {
	select {
	case <-ctx.Done():
		return false
	case <-enough:
	case <-time.After(at):
	}
	return true
}
