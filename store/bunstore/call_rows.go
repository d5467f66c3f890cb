package bunstore

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/resource/cdr"
)

type callRow struct {
	bun.BaseModel `bun:"table:orgpbx_calls,alias:c"`

	OrganizationID string     `bun:"organization_id,pk"`
	ID             string     `bun:"id,pk"`
	UniqueID       string     `bun:"unique_id"`
	LinkedID       string     `bun:"linked_id"`
	Direction      string     `bun:"direction"`
	Disposition    string     `bun:"disposition"`
	Caller         string     `bun:"caller"`
	CallerName     string     `bun:"caller_name"`
	Called         string     `bun:"called"`
	Endpoint       string     `bun:"endpoint"`
	AnsweredBy     string     `bun:"answered_by"`
	StartedAt      time.Time  `bun:"started_at"`
	AnsweredAt     time.Time  `bun:"answered_at,nullzero"`
	EndedAt        time.Time  `bun:"ended_at"`
	BilledSeconds  int        `bun:"billed_seconds"`
	Emergency      bool       `bun:"emergency"`
	DenialReason   string     `bun:"denial_reason"`
	DenialLimit    *int       `bun:"denial_limit"`
	DenialUsed     *int       `bun:"denial_used"`
	ConsentMode    string     `bun:"consent_mode"`
	ConsentChoice  string     `bun:"consent_choice"`
	ConsentDigit   string     `bun:"consent_digit"`
	ConsentPrompt  string     `bun:"consent_prompt"`
	ConsentAt      time.Time  `bun:"consent_at,nullzero"`
	Recording      string     `bun:"recording"`
	AgentCall      string     `bun:"agent_call"`
	Erased         bool       `bun:"erased"`
	Parts          []partJSON `bun:"parts,type:jsonb"`
	Search         string     `bun:"search"`
}

// partJSON is how a part of a call is stored: its keys are in every row.
type partJSON struct {
	Sequence    int64  `json:"n"`
	AnsweredMS  int64  `json:"a,omitempty"` // milliseconds since 1970; 0: it was not answered
	EndedMS     int64  `json:"e"`
	Disposition string `json:"d"`
	AnsweredBy  string `json:"b,omitempty"`
}

func newCallRow(organizationID string, c cdr.Call) *callRow {
	row := &callRow{
		OrganizationID: organizationID,
		ID:             c.ID,
		UniqueID:       c.UniqueID,
		LinkedID:       c.LinkedID,
		Direction:      string(c.Direction),
		Disposition:    string(c.Disposition),
		Caller:         c.Caller,
		CallerName:     c.CallerName,
		Called:         c.Called,
		Endpoint:       c.Endpoint,
		AnsweredBy:     c.AnsweredBy,
		StartedAt:      c.StartedAt,
		AnsweredAt:     c.AnsweredAt,
		EndedAt:        c.EndedAt,
		BilledSeconds:  c.BilledSeconds,
		Emergency:      c.Emergency,
		DenialReason:   c.Denial.Reason,
		DenialLimit:    c.Denial.Limit,
		DenialUsed:     c.Denial.Used,
		ConsentMode:    c.Consent.Mode,
		ConsentChoice:  c.Consent.Choice,
		ConsentDigit:   c.Consent.Digit,
		ConsentPrompt:  c.Consent.Prompt,
		ConsentAt:      c.Consent.At,
		Recording:      c.Recording,
		AgentCall:      c.AgentCall,
		Erased:         c.Erased,
		Parts:          make([]partJSON, len(c.Parts)), // nil would be stored as null
		Search:         c.SearchText(),
	}
	for i, p := range c.Parts {
		row.Parts[i] = partJSON{
			Sequence: p.Sequence, AnsweredMS: milliseconds(p.AnsweredAt), EndedMS: milliseconds(p.EndedAt),
			Disposition: string(p.Disposition), AnsweredBy: p.AnsweredBy,
		}
	}
	return row
}

func (r *callRow) call() cdr.Call {
	c := cdr.Call{
		ID:            r.ID,
		UniqueID:      r.UniqueID,
		LinkedID:      r.LinkedID,
		Direction:     cdr.Direction(r.Direction),
		Disposition:   cdr.Disposition(r.Disposition),
		Caller:        r.Caller,
		CallerName:    r.CallerName,
		Called:        r.Called,
		Endpoint:      r.Endpoint,
		AnsweredBy:    r.AnsweredBy,
		StartedAt:     r.StartedAt.UTC(),
		AnsweredAt:    r.AnsweredAt.UTC(),
		EndedAt:       r.EndedAt.UTC(),
		BilledSeconds: r.BilledSeconds,
		Emergency:     r.Emergency,
		Denial:        cdr.Denial{Reason: r.DenialReason, Limit: r.DenialLimit, Used: r.DenialUsed},
		Consent: cdr.Consent{
			Mode: r.ConsentMode, Choice: r.ConsentChoice, Digit: r.ConsentDigit, Prompt: r.ConsentPrompt,
			At: r.ConsentAt.UTC(),
		},
		Recording: r.Recording,
		AgentCall: r.AgentCall,
		Erased:    r.Erased,
		Parts:     make([]cdr.Part, len(r.Parts)),
	}
	for i, p := range r.Parts {
		c.Parts[i] = cdr.Part{
			Sequence: p.Sequence, AnsweredAt: fromMilliseconds(p.AnsweredMS), EndedAt: fromMilliseconds(p.EndedMS),
			Disposition: cdr.Disposition(p.Disposition), AnsweredBy: p.AnsweredBy,
		}
	}
	return c
}

// milliseconds is a time as a number, 0 for none.
func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMilliseconds(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
