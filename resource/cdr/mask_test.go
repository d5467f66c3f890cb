package cdr_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

const (
	ownDID  = "+914440001000"
	patient = "+14155550100"
)

// newMasked is a fixture that masks, with a DID and the extension 1001.
func newMasked(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t, func(p *org.Profile) { p.Compliance.PIIMasking = true }, cdr.Options{})
	resources := resource.New(f.db, resource.Options{})
	trunk, err := resources.Trunks().Create(t.Context(), f.o.ID, resource.Trunk{
		Name: "carrier", Type: resource.PeerToPeerTrunk, Host: "192.0.2.1", Port: 5060, Transport: "udp", RetryInterval: 60, Expiration: 3600,
	})
	require.NoError(t, err)
	_, err = resources.DIDs().Create(t.Context(), f.o.ID, resource.DID{
		Number: ownDID, TrunkID: trunk.ID, Routing: resource.Destination{Type: resource.ToExternal, Number: "+919944421125"},
	})
	require.NoError(t, err)
	user := resource.UserDefaults()
	user.Extension = "1001"
	_, _, err = resources.Users().Create(t.Context(), f.o.ID, user)
	require.NoError(t, err)
	return f
}

// call records one that began some seconds ago, and returns its id.
func (f *fixture) call(t *testing.T, d cdr.Direction, caller, name, called string) string {
	t.Helper()
	f.n++
	at := f.options.Now().Add(time.Duration(f.n) * time.Second)
	require.NoError(t, f.Record(t.Context(), []cdr.Record{{
		ContextPrefix: f.o.ContextPrefix, UniqueID: fmt.Sprintf("%d.%d", at.Unix(), f.n), Direction: d, Disposition: cdr.Answered,
		Caller: caller, CallerName: name, Called: called, StartedAt: at, AnsweredAt: at, EndedAt: at,
	}}))
	saved, err := f.db.Calls(t.Context(), f.o.ID, cdr.Filter{}, org.Page{Limit: 1})
	require.NoError(t, err)
	return saved[0].ID
}

func parties(c cdr.Call) string { return strings.Join([]string{c.Caller, c.CallerName, c.Called}, "|") }

func TestWhoIsNotOfTheOrganizationIsMaskedWhereverACallLeaves(t *testing.T) {
	t.Parallel()
	f := newMasked(t)
	open := f.o
	open.Compliance.PIIMasking = false
	for _, tc := range []struct {
		d                    cdr.Direction
		caller, name, called string
		want                 string
	}{
		{cdr.In, patient, "Ada Lovelace", ownDID, "+141•••••00|•••••|" + ownDID},
		{cdr.In, patient, "", strings.TrimPrefix(ownDID, "+"), "+141•••••00||914440001000"},
		{cdr.In, "anonymous", "", ownDID, "anonymous||" + ownDID},
		{cdr.In, "1001", "Ada Lovelace", ownDID, "1001|•••••|" + ownDID},
		{cdr.Out, ownDID, "", "04155550100", ownDID + "||041•••••00"},
		{cdr.Out, "1001", "Asha Nair", "112", "1001|Asha Nair|112"},
		{cdr.Internal, "1001", "Asha Nair", "*97", "1001|Asha Nair|*97"},
		{cdr.Internal, "1001", "Asha Nair", "*724155550100", "1001|Asha Nair|•••••"},
		{cdr.Internal, patient, "Ada Lovelace", "1002", "+141•••••00|•••••|•••••"},
		{cdr.In, "ada@example.com", "Ada", "", "•••••|•••••|"},
	} {
		id := f.call(t, tc.d, tc.caller, tc.name, tc.called)
		unmasked := strings.Join([]string{tc.caller, tc.name, tc.called}, "|")
		for o, want := range map[*org.Organization]string{&f.o: tc.want, &open: unmasked} {
			one, err := f.Get(t.Context(), *o, id)
			require.NoError(t, err)
			require.Equal(t, want, parties(one))
			found, err := f.List(t.Context(), *o, cdr.Filter{}, org.Page{Limit: 1})
			require.NoError(t, err)
			require.Equal(t, want, parties(found.Calls[0]))
			evidence, err := f.Evidence(t.Context(), *o, id, false)
			require.NoError(t, err)
			require.Equal(t, want, parties(evidence.Call))

			saved, err := f.db.Call(t.Context(), f.o.ID, id)
			require.NoError(t, err)
			told, err := cdr.CallEvent(saved, true)
			require.NoError(t, err)
			sent, err := cdr.MaskEvent(t.Context(), f.db, *o, told)
			require.NoError(t, err)
			wanted, err := cdr.CallEvent(one, true)
			require.NoError(t, err)
			require.JSONEq(t, wanted.Data, sent.Data)
			require.Equal(t, []any{told.ID, told.Type, told.At}, []any{sent.ID, sent.Type, sent.At})
		}
	}
	_, err := f.Get(t.Context(), f.o, "01998f3a-0000-7000-8000-000000000000")
	require.ErrorIs(t, err, org.ErrNotFound)
	other, err := event.New(event.UsageNear, f.options.Now(), map[string]string{"month": "2026-11"})
	require.NoError(t, err)
	same, err := cdr.MaskEvent(t.Context(), f.db, f.o, other)
	require.NoError(t, err)
	require.Equal(t, other, same)
}

func TestASearchTellsNothingOfWhatIsMasked(t *testing.T) {
	t.Parallel()
	f := newMasked(t)
	in := f.call(t, cdr.In, patient, "Ada Lovelace", strings.TrimPrefix(ownDID, "+"))
	out := f.call(t, cdr.Out, "1001", "Asha Nair", patient)
	found := func(o org.Organization, query string) []string {
		list, err := f.List(t.Context(), o, cdr.Filter{Query: query}, org.Page{})
		require.NoError(t, err, query)
		var ids []string
		for _, c := range list.Calls {
			ids = append(ids, c.ID)
		}
		return ids
	}
	require.Equal(t, []string{in}, found(f.o, ownDID))
	require.Equal(t, []string{in}, found(f.o, "914440001000"))
	require.Equal(t, []string{out}, found(f.o, "1001"))
	require.Empty(t, found(f.o, "112"))
	refused := []string{patient, "14155550100", "4155", "00", "ada", "Asha", "100", "+9144400010", "anonymous", "•", "+141•••••00", "4155550199"}
	for _, query := range refused {
		_, err := f.List(t.Context(), f.o, cdr.Filter{Query: query}, org.Page{})
		var invalid *org.InvalidError
		require.ErrorAs(t, err, &invalid, query)
		require.Equal(t, "q", invalid.Fields[0].Field)
		require.Equal(t, "masked", invalid.Fields[0].Rule)
	}
	open := f.o
	open.Compliance.PIIMasking = false
	require.Equal(t, []string{out, in}, found(open, "4155"))
	require.Equal(t, []string{in}, found(open, "ada"))
}

func TestACallIsRevealedForAReasonThatTheTrailKeepsWithoutTheNumber(t *testing.T) {
	t.Parallel()
	f := newMasked(t)
	id := f.call(t, cdr.In, patient, "Ada Lovelace", ownDID)
	ctx, record := audit.Begin(t.Context(), audit.Entry{At: f.options.Now(), Operation: "reveal-call"}, audit.Details{})
	revealed, err := f.Reveal(ctx, f.o, id, "Asked for a call back, case 12/2026")
	require.NoError(t, err)
	require.Equal(t, patient+"|Ada Lovelace|"+ownDID, parties(revealed))
	require.NoError(t, audit.New(f.db).Finish(ctx, record, f.o.ID, audit.OK))
	entries := f.trail(t)
	last := entries[len(entries)-1]
	require.Equal(t, audit.Object{Kind: "call", ID: id}, last.Object)
	require.Contains(t, last.Details, "Asked for a call back, case 12/2026")
	require.NotContains(t, last.Details, "5550100")
	require.NotContains(t, last.Details, "Ada")

	for _, reason := range []string{"", "a\nb", strings.Repeat("x", 201), "call " + patient, "555 01-00 asked", "914440001000"} {
		_, err := f.Reveal(t.Context(), f.o, id, reason)
		var invalid *org.InvalidError
		require.ErrorAs(t, err, &invalid, reason)
		require.Equal(t, "reason", invalid.Fields[0].Field)
		require.NotContains(t, err.Error(), "5550100")
	}
	for _, o := range []org.Organization{{ID: "01998f3a-0000-7000-8000-000000000000"}, {}} {
		_, err = f.Reveal(t.Context(), o, id, "Case 12")
		require.ErrorIs(t, err, org.ErrNotFound)
	}
}
