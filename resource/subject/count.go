package subject

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/orgpbx/orgpbx/internal/orgfolder"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/voicemail"
	"github.com/orgpbx/orgpbx/resource/webhook"
)

// pageOfOthers is how many deliveries or entries of the trail are read at a time.
const pageOfOthers = 500

// count finds out what there is, and saves that.
func (j *job) count(ctx context.Context) error {
	list, err := j.store.Holds().List(ctx, j.o.ID, org.Page{})
	if err != nil {
		return err
	}
	report := Report{CountedAt: j.now(), Own: j.own}
	for _, h := range list {
		if h.Target == hold.OfNumber && j.who.number.in(h.Value) {
			report.Holds++
		}
	}
	kept := hold.InForce(list)
	if err := j.countCalls(ctx, kept, &report); err != nil {
		return err
	}
	k, err := j.keeperOf(kept, func(ids []string) ([]cdr.DueCall, error) { return j.callsOf(ctx, ids) })
	if err != nil {
		return err
	}
	err = j.eachMessage(ctx, func(m voicemail.Message) error {
		report.Voicemail.find(m.At, m.Bytes(), k.keeps(m))
		return nil
	})
	if err != nil {
		return err
	}
	err = j.eachDelivery(ctx, func(list []told) error {
		for _, d := range list {
			report.Deliveries.find(d.Event.At, d.bytes(), d.held(kept))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := j.countQueueLog(ctx, k, &report); err != nil {
		return err
	}
	if report.TrailEntries, err = j.countTrail(ctx); err != nil {
		return err
	}
	return j.save(ctx, func(_ context.Context, _ Table, r *Request) error {
		r.Report = report
		return nil
	})
}

func (j *job) countCalls(ctx context.Context, kept hold.Set, report *Report) error {
	if j.opts.Recordings == nil {
		report.Unreached = append(report.Unreached, RecordingsClass)
	}
	if j.opts.Mailboxes == nil {
		report.Unreached = append(report.Unreached, VoicemailClass)
	}
	report.Unreached = append(report.Unreached, j.opts.PartlySeen...)
	return j.eachCall(ctx, func(calls []cdr.DueCall) error {
		for _, d := range calls {
			held := d.Held(kept)
			report.Calls.find(d.Call.StartedAt, 0, held)
			if d.Recorded {
				report.Recordings.find(d.Call.StartedAt, d.Bytes, held)
			}
		}
		return nil
	})
}

// countTrail counts the entries of the trail that have the number.
func (j *job) countTrail(ctx context.Context) (int, error) {
	count := 0
	for page := (audit.Page{Limit: pageOfOthers}); ; {
		list, err := j.store.Entries(ctx, j.o.ID, audit.Filter{}, page)
		if err != nil || len(list) == 0 {
			return count, err
		}
		for _, e := range list {
			details, err := e.Reveal()
			if err != nil {
				return count, err
			}
			if j.mentions(details) {
				count++
			}
		}
		page.From = list[len(list)-1].Sequence
		if err := j.goOn(ctx); err != nil {
			return count, err
		}
	}
}

// mentions reports whether any field that changed has the number.
func (j *job) mentions(d audit.Details) bool {
	for _, object := range d.Changes {
		for _, field := range object.Fields {
			if j.who.number.inJSON(field.Before) || j.who.number.inJSON(field.After) {
				return true
			}
		}
	}
	return false
}

// eachMessage calls do with each voicemail message that he left, in an order of the
// folder's.
func (j *job) eachMessage(ctx context.Context, do func(voicemail.Message) error) error {
	if j.opts.Mailboxes == nil {
		return nil
	}
	return j.opts.Mailboxes.Messages(ctx, j.o.ContextPrefix, func(m voicemail.Message) error {
		for _, from := range m.From {
			if j.who.number.in(from) {
				return do(m)
			}
		}
		return nil
	})
}

// keeper is what keeps voicemail messages and lines of the queue log.
type keeper struct {
	holds hold.Set
	calls []cdr.Call // of his, that are held themselves
}

// keeperOf returns what keeps messages. read returns those of some calls that are
// there.
func (j *job) keeperOf(holds hold.Set, read func(ids []string) ([]cdr.DueCall, error)) (keeper, error) {
	k := keeper{holds: holds}
	calls, err := read(holds.Calls())
	for _, d := range calls {
		if j.who.in(d.Call) {
			k.calls = append(k.calls, d.Call)
		}
	}
	return k, err
}

// keeps reports whether a hold keeps a message: one on its caller, on whom it was left
// for, or on the call in which it was left.
func (k keeper) keeps(m voicemail.Message) bool {
	return k.keepsFrom(append(slices.Clone(m.From), m.Mailbox), m.At)
}

// keepsFrom reports whether a hold keeps what has these numbers: one on a number, or on
// the call that was under way then.
func (k keeper) keepsFrom(numbers []string, at time.Time) bool {
	if k.holds.Keeps("", numbers, nil) {
		return true
	}
	return slices.ContainsFunc(k.calls, func(c cdr.Call) bool {
		end := c.StartedAt
		for _, p := range c.Parts {
			if p.EndedAt.After(end) {
				end = p.EndedAt
			}
		}
		return !at.Before(c.StartedAt) && !at.After(end) // of one clock
	})
}

// callsOf reads calls outside of a transaction.
func (j *job) callsOf(ctx context.Context, ids []string) ([]cdr.DueCall, error) {
	var list []cdr.DueCall
	for _, id := range ids {
		c, err := j.store.Call(ctx, j.o.ID, id)
		if err := orgfolder.IgnoreMissing(err); err != nil {
			return nil, err
		}
		if err == nil {
			list = append(list, cdr.DueCall{Call: c})
		}
	}
	return list, nil
}

// told is a delivery about a call.
type told struct {
	webhook.Delivery
	call cdr.Call // as far as the event tells
}

// bytes is how large the event is.
func (t told) bytes() int64 { return int64(len(t.Event.Data)) }

func (t told) held(kept hold.Set) bool { return cdr.DueCall{Call: t.call}.Held(kept) }

// eachDelivery calls do with the deliveries of each webhook that are about his calls, a
// page at a time. do may delete them.
func (j *job) eachDelivery(ctx context.Context, do func([]told) error) error {
	webhooks, err := j.store.Webhooks().List(ctx, j.o.ID, org.Page{})
	if err != nil {
		return err
	}
	for _, w := range webhooks {
		for page := (org.Page{Limit: pageOfOthers}); ; {
			list, err := j.store.Deliveries(ctx, j.o.ID, w.ID, "", page)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				break
			}
			page.After = list[len(list)-1].ID
			if err := j.someDeliveries(list, do); err != nil {
				return err
			}
			if err := j.goOn(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (j *job) someDeliveries(list []webhook.Delivery, do func([]told) error) error {
	var his []told
	for _, d := range list {
		t := told{Delivery: d}
		if cdr.TellsOfCall(d.Event) {
			var err error
			if t.call, err = cdr.CallOf(d.Event); err != nil {
				return err
			}
		}
		if j.who.in(t.call) || j.who.number.in(d.Response) {
			his = append(his, t)
		}
	}
	if len(his) == 0 {
		return nil
	}
	return do(his)
}

// ownOf returns what of the organisation's own resources has a number.
func ownOf(s resource.Snapshot, n number) []resource.Ref {
	var own []resource.Ref
	look := func(kind resource.Kind, id string, v any) {
		if text, err := json.Marshal(v); err == nil && n.inJSON(text) {
			own = append(own, resource.Ref{Kind: kind, ID: id})
		}
	}
	for _, v := range s.Users {
		look(resource.KindUser, v.ID, v)
	}
	for _, v := range s.DIDs {
		look(resource.KindDID, v.ID, v)
	}
	for _, v := range s.Queues {
		look(resource.KindQueue, v.ID, v)
	}
	for _, v := range s.OutboundRoutes {
		look(resource.KindOutboundRoute, v.ID, v)
	}
	for _, v := range s.IVRs {
		look(resource.KindIVR, v.ID, v)
	}
	return own
}

// endpointOf returns the PJSIP endpoint of the user with an extension, or "".
func endpointOf(s resource.Snapshot, extension string) string {
	for _, u := range s.Users {
		if u.Extension == extension {
			return u.SIP.Username
		}
	}
	return ""
}
