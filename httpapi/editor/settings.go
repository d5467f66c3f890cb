package editor

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/member"
)

// settings is the page that edits an organisation.
type settings struct {
	head
	Sections []section
	Problems []field
	Conflict bool // somebody else saved since the form was made
	Unsaved  bool // the form holds what is not saved
	Saved    bool
	Shorter  *shorter // a retention gets shorter, which has to be confirmed
	Platform bool
	Deploy   deployState
	Plan     plan // of a deploy that failed
}

// section is a part of a form.
type section struct {
	Key    string
	Fields []field
}

// settingsSection is one of them before it is filled in.
type settingsSection struct {
	key    string
	inputs []input[org.Profile]
}

// settingsSections are those that the caller may edit: a member decides how calls
// are recorded, kept and shown, and the administrator all.
func (q *request) settingsSections() []settingsSection {
	if !q.who.Platform {
		return []settingsSection{{"compliance", complianceInputs()}}
	}
	return []settingsSection{
		{"general", append(q.editor.identityInputs(), generalInputs()...)},
		{"features", featureInputs()},
		{"limits", limitInputs()},
		{"compliance", complianceInputs()},
	}
}

func (q *request) settingsInputs() []input[org.Profile] {
	var all []input[org.Profile]
	for _, s := range q.settingsSections() {
		all = append(all, s.inputs...)
	}
	return all
}

// generalInputs are those that the wizard leaves to the preset.
func generalInputs() []input[org.Profile] {
	return []input[org.Profile]{
		line("settings.time_zone", lineInput, func(p *org.Profile) *string { return &p.Settings.TimeZone }),
		{
			name: "emergency_numbers", kind: lineInput,
			read: func(p *org.Profile) string { return strings.Join(p.EmergencyNumbers, " ") },
			write: func(p *org.Profile, given string) error {
				p.EmergencyNumbers = strings.FieldsFunc(given, func(r rune) bool { return r == ',' || r == ' ' })
				return nil
			},
		},
	}
}

// featureInputs are the eight toggles.
func featureInputs() []input[org.Profile] {
	return []input[org.Profile]{
		toggle("settings.recording_enabled", func(p *org.Profile) *bool { return &p.Settings.RecordingEnabled }),
		toggle("settings.webhook_enabled", func(p *org.Profile) *bool { return &p.Settings.WebhookEnabled }),
		toggle("settings.features.call_transfer", func(p *org.Profile) *bool { return &p.Settings.Features.CallTransfer }),
		toggle("settings.features.call_recording", func(p *org.Profile) *bool { return &p.Settings.Features.CallRecording }),
		toggle("settings.features.voicemail", func(p *org.Profile) *bool { return &p.Settings.Features.Voicemail }),
		toggle("settings.features.conference", func(p *org.Profile) *bool { return &p.Settings.Features.Conference }),
		toggle("settings.features.ivr", func(p *org.Profile) *bool { return &p.Settings.Features.IVR }),
		toggle("settings.features.ai_agent", func(p *org.Profile) *bool { return &p.Settings.Features.AIAgent }),
	}
}

func (e *Editor) showSettings(q *request) error {
	o, err := q.organization(member.WriteCompliance)
	if err != nil {
		return err
	}
	view := settings{Saved: q.URL.Query().Has("saved")}
	return e.renderSettings(q, http.StatusOK, o, o.Profile, view, fieldProblems{})
}

// saveSettings saves what was entered and gives its deploy a moment. What cannot
// be saved is shown again as it was entered.
func (e *Editor) saveSettings(q *request) error {
	o, err := q.organization(member.WriteCompliance)
	if err != nil {
		return err
	}
	operation := "put-compliance"
	if q.who.Platform {
		operation = "update-organization"
	}
	edit := func(p *org.Profile) error {
		return org.JoinInvalid(apply(p, q.settingsInputs(), q.form), org.Validate(*p))
	}
	entered := o.Clone().Profile
	unreadable, _ := problemsOf(edit(&entered))
	confirmed := q.form.Get(confirmDays) == daysOf(entered.Compliance)
	err = q.recorded(operation, "organization", func(ctx context.Context, _ *audit.Record) (string, error) {
		_, err := e.config.Calls.UpdateOrganization(ctx, e.config.Organizations, o.ID, q.seenVersion(), confirmed, q.who.KeepMasking(edit))
		return o.ID, err
	})
	if err == nil {
		if _, _, err := e.deploy(q, o); err != nil {
			return err
		}
		return q.redirect("/organizations/" + o.ID + "/settings?saved")
	}
	view := settings{Unsaved: true, Conflict: errors.Is(err, org.ErrVersionMismatch)}
	if view.Conflict {
		return e.renderSettings(q, http.StatusConflict, o, entered, view, unreadable)
	}
	if view.Shorter = shorterOf(err, entered.Compliance); view.Shorter != nil {
		return e.renderSettings(q, http.StatusConflict, o, entered, view, fieldProblems{})
	}
	if errors.Is(err, member.ErrForbidden) {
		told, err := text("refused.unmask")
		if err != nil {
			return err
		}
		return e.renderSettings(q, http.StatusForbidden, o, entered, view, fieldProblems{"compliance.pii_masking": told})
	}
	problems, form := problemsOf(err)
	if !form {
		return err
	}
	return e.renderSettings(q, http.StatusUnprocessableEntity, o, entered, view, problems)
}

// renderSettings shows the form with what was entered. The organisation is as it
// is saved.
func (e *Editor) renderSettings(q *request, status int, o org.Organization, entered org.Profile, view settings, problems fieldProblems) error {
	view.head, view.Platform = q.head(o, "settings"), q.who.Platform
	used, err := e.usedOf(q.Context(), o)
	if err != nil {
		return err
	}
	problems = problems.ofLists()
	for _, s := range q.settingsSections() {
		shown := section{Key: s.key, Fields: fieldsOf(s.inputs, &entered, &o.Profile, q.form, problems)}
		for i := range shown.Fields {
			f := &shown.Fields[i]
			f.Used = used[f.Name]
			f.Theirs = view.Conflict && f.Changed
			if f.Problem != "" {
				view.Problems = append(view.Problems, *f)
			}
		}
		view.Sections = append(view.Sections, shown)
	}
	if view.Deploy, err = e.deployStateOf(q.Context(), o); err != nil {
		return err
	}
	if view.Saved && view.Deploy.State == org.Failed {
		view.Plan = e.planOf(q.Context(), o)
	}
	return q.show(status, "settings", view)
}

// usedOf returns today's use beside each limit, by the name of its field.
func (e *Editor) usedOf(ctx context.Context, o org.Organization) (map[string]*usageRow, error) {
	stored, err := e.config.Resources.Usage(ctx, o)
	if err != nil {
		return nil, err
	}
	rows, err := e.usage(ctx, o, stored)
	if err != nil {
		return nil, err
	}
	fields := map[limits.Kind]string{
		limits.Users: "settings.max_users", limits.DIDs: "settings.max_dids", limits.Trunks: "settings.max_trunks",
		limits.Queues: "settings.max_queues", limits.ConcurrentCalls: "limits.concurrent_calls",
		limits.MonthlyMinutes: "limits.monthly_minutes", limits.StorageGB: "limits.storage_gb",
	}
	used := map[string]*usageRow{}
	for _, row := range rows {
		used[fields[row.Kind]] = &row
	}
	return used, nil
}
