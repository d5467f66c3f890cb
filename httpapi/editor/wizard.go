package editor

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
)

// The steps of the wizard that creates an organisation.
const (
	identityStep = 1
	limitsStep   = 2
	reviewStep   = 3
)

// presetField carries the industry whose preset has filled the second step.
const presetField = "preset"

// wizard is a step of it. The browser carries all that was entered, so nothing
// is kept here between two steps.
type wizard struct {
	Step       int
	Preset     org.Industry // whose values the second step was filled with; empty before
	Identity   []field
	Limits     []field
	Compliance []field
	Problems   []field // the fields of this step that break a rule
}

// draft is what a form of the wizard says.
type draft struct {
	profile, preset org.Profile
	filled          bool // the second step was filled in before
	problems        fieldProblems
}

func (e *Editor) startWizard(q *request) error {
	presets := e.config.Organizations.Presets()
	first := presets[0].Industry
	if slices.ContainsFunc(presets, func(p org.Preset) bool { return p.Industry == org.General }) {
		first = org.General
	}
	profile, err := e.config.Organizations.Draft(first)
	if err != nil {
		return err
	}
	return e.showWizard(q, identityStep, draft{profile: profile, preset: profile})
}

// continueWizard answers a form of the wizard: a step on or back, one value back
// to its preset, or the end.
func (e *Editor) continueWizard(q *request) error {
	d, err := e.readDraft(q)
	if err != nil {
		return err
	}
	step := min(max(atoi(q.form.Get("step")), identityStep), reviewStep)
	if name := q.form.Get("reset"); name != "" {
		d.reset(name)
		return e.showWizard(q, step, d)
	}
	switch q.form.Get("go") {
	case "back":
		return e.showWizard(q, max(step-1, identityStep), d)
	case "create":
		return e.create(q, d)
	default:
		if len(about(d.problems, e.inputsOf(step))) > 0 {
			return e.showWizard(q, step, d)
		}
		return e.showWizard(q, min(step+1, reviewStep), d)
	}
}

func (e *Editor) inputsOf(step int) []input[org.Profile] {
	switch step {
	case identityStep:
		return e.identityInputs()
	case limitsStep:
		return presetInputs()
	default:
		return nil
	}
}

// presetInputs are those of the second step.
func presetInputs() []input[org.Profile] { return append(limitInputs(), complianceInputs()...) }

// readDraft returns what was entered so far. What was not, and what still is as
// an earlier industry's preset had it, comes from the preset of the industry.
func (e *Editor) readDraft(q *request) (draft, error) {
	preset, unknown := e.config.Organizations.Draft(org.Industry(q.form.Get("industry")))
	if unknown != nil {
		var err error
		if preset, err = e.config.Organizations.Draft(e.config.Organizations.Presets()[0].Industry); err != nil {
			return draft{}, err
		}
	}
	d := draft{profile: preset, preset: preset}
	unreadable := apply(&d.profile, e.identityInputs(), q.form)
	if old, err := e.config.Organizations.Draft(org.Industry(q.form.Get(presetField))); err == nil {
		d.filled = true
		unreadable = org.JoinInvalid(unreadable, d.applyChanged(old, q))
	}
	all := org.JoinInvalid(unreadable, unknown, org.Validate(d.profile))
	var form bool
	if d.problems, form = problemsOf(all); !form {
		return draft{}, all
	}
	return d, nil
}

// applyChanged takes over what is otherwise than in the preset that the form
// was filled from.
func (d *draft) applyChanged(old org.Profile, q *request) error {
	entered := old
	err := apply(&entered, presetInputs(), q.form)
	for _, i := range presetInputs() {
		if now := i.read(&entered); now != i.read(&old) {
			_ = i.write(&d.profile, now) // it was written before
		}
	}
	return err
}

// reset gives a field the value of the preset.
func (d *draft) reset(name string) {
	for _, i := range presetInputs() {
		if i.name == name {
			_ = i.write(&d.profile, i.read(&d.preset)) // it was read from a profile
			delete(d.problems, name)
		}
	}
}

func (e *Editor) showWizard(q *request, step int, d draft) error {
	problems := d.problems
	if step == reviewStep || q.form.Get("step") != strconv.Itoa(step) && q.form.Get("go") != "create" {
		problems = fieldProblems{} // this step was not entered yet
	}
	shown := func(inputs []input[org.Profile]) []field {
		return fieldsOf(inputs, &d.profile, &d.preset, q.form, problems)
	}
	w := wizard{
		Step: step, Identity: shown(e.identityInputs()), Limits: shown(limitInputs()), Compliance: shown(complianceInputs()),
	}
	if d.filled || step > identityStep {
		w.Preset = d.profile.Industry
	}
	for _, f := range slices.Concat(w.Identity, w.Limits, w.Compliance) {
		if _, here := about(problems, e.inputsOf(step))[f.Name]; here {
			w.Problems = append(w.Problems, f)
		}
	}
	status := http.StatusOK
	if len(w.Problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return q.show(status, "wizard", w)
}

// create ends the wizard, or goes back to the step with the first broken rule.
func (e *Editor) create(q *request, d draft) error {
	if len(d.problems) == 0 {
		var o org.Organization
		var secret org.Secret
		err := q.recorded("create-organization", "organization", func(ctx context.Context, _ *audit.Record) (_ string, err error) {
			o, secret, err = e.config.Organizations.Create(ctx, d.profile)
			return o.ID, err
		})
		if err == nil {
			return e.showCreated(q, o, secret)
		}
		var form bool
		if d.problems, form = problemsOf(err); !form {
			return err
		}
	}
	if len(about(d.problems, e.identityInputs())) > 0 {
		return e.showWizard(q, identityStep, d)
	}
	return e.showWizard(q, limitsStep, d)
}

// atoi is 0 for what is no number.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
