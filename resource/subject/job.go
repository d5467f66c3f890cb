package subject

import (
	"context"
	"errors"
	"slices"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// errLost says that another process has taken a request up meanwhile.
var errLost = errors.New("somebody else works on the request")

// job is the work on one request.
type job struct {
	*Service
	o   org.Organization
	r   Request // as it was saved last
	who who
	own []resource.Ref
}

func (s *Service) newJob(ctx context.Context, organizationID string, r Request) (*job, error) {
	snapshot, err := s.store.Snapshot(ctx, organizationID)
	if err != nil {
		return nil, err
	}
	n := newNumber(r.Number)
	return &job{Service: s, o: snapshot.Organization, r: r, who: who{n, endpointOf(snapshot, r.Number)}, own: ownOf(snapshot, n)}, nil
}

// who is whom a request is about.
type who struct {
	number   number
	endpoint string // PJSIP's, of the phone that has the number as its extension; "" for none
}

// in reports whether a call is one of his.
func (w who) in(c cdr.Call) bool {
	return w.number.in(c.Caller) || w.number.in(c.CallerName) || w.number.in(c.Called) || w.isAny(c.Endpoint, c.AnsweredBy) ||
		slices.ContainsFunc(c.Parts, func(p cdr.Part) bool { return w.isAny(p.AnsweredBy) })
}

func (w who) isAny(endpoints ...string) bool {
	return w.endpoint != "" && slices.Contains(endpoints, w.endpoint)
}

// eraseFrom takes out of a call who he was. What is billed, when it was and who the
// other one was stays.
func (w who) eraseFrom(c *cdr.Call) {
	if w.number.in(c.Caller) || w.number.in(c.CallerName) || w.isAny(c.Endpoint) {
		c.Caller, c.CallerName = "", ""
	}
	if w.number.in(c.Called) {
		c.Called = ""
	}
	for _, endpoint := range c.Endpoints() {
		if w.isAny(*endpoint) {
			*endpoint = ""
		}
	}
}

// change saves what edit does to the request, and says so in the trail as something
// that the server did; doing is the first word of the operation.
func (j *job) change(ctx context.Context, doing string, edit func(context.Context, Table, *Request) error) error {
	ctx, _ = audit.Begin(ctx, audit.Entry{
		At: j.opts.Now(), Actor: audit.Actor{Kind: audit.System}, Operation: doing + "-subject-request",
	}, audit.Details{})
	return j.save(ctx, edit)
}

// save is change that is not worth an entry where ctx has none. It returns errLost
// when somebody else has taken the request up.
func (j *job) save(ctx context.Context, edit func(context.Context, Table, *Request) error) error {
	var saved Request
	err := j.store.ChangeSubjects(ctx, j.o.ID, func(t Table) error {
		before, err := t.Get(ctx, j.o.ID, j.r.ID)
		if err != nil {
			return err
		}
		if before.State == Done || !before.Due.Equal(j.r.Due) {
			return errLost
		}
		saved = before.Clone()
		saved.Due = j.now().Add(claimTime)
		// First, so that the entry is about it; what it is by then is looked at when the
		// entry is made.
		audit.Changed(ctx, auditKind, j.r.ID, before, &saved)
		if err := edit(ctx, t, &saved); err != nil {
			return err
		}
		saved.Version++
		saved.UpdatedAt = j.now()
		return t.Update(ctx, j.o.ID, saved)
	})
	if err == nil {
		j.r = saved
	}
	return err
}

// goOn keeps others from taking the request up while it is worked on.
func (j *job) goOn(ctx context.Context) error {
	if j.r.State != Pending || j.now().Add(claimTime*3/4).Before(j.r.Due) {
		return nil
	}
	return j.save(ctx, func(context.Context, Table, *Request) error { return nil })
}

// finish forgets the number: nothing is left to do.
func (j *job) finish(ctx context.Context) error {
	return j.change(ctx, "finish", func(_ context.Context, _ Table, r *Request) error {
		r.State, r.Number, r.FinishedAt = Done, "", j.now()
		return nil
	})
}

// eachCall calls do with each call that is his, in order, a page at a time. Of each it
// is known what a hold knows it by.
func (j *job) eachCall(ctx context.Context, do func([]cdr.DueCall) error) error {
	for after := ""; ; {
		page, err := j.store.DueCalls(ctx, j.o.ID, after, lastID, lastID, pageOfCalls)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].Call.ID
		his := slices.DeleteFunc(page, func(d cdr.DueCall) bool { return !j.who.in(d.Call) })
		if len(his) > 0 {
			if err := do(his); err != nil {
				return err
			}
		}
		if err := j.goOn(ctx); err != nil {
			return err
		}
	}
}

const (
	// lastID is behind every id.
	lastID = "g"
	// pageOfCalls is how many calls are read at a time.
	pageOfCalls = 2000
)
