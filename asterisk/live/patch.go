package live

import (
	"context"
	"slices"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/ami"
)

// patch is what turns one running dialplan into another, step by step, where a
// reload would load that of all organisations again. The file says the same, so
// a reload or a restart changes nothing.
type patch struct {
	add    []placedStep // with what replaces another one
	remove []placedStep
	gone   []string // contexts
	hints  []hintsOf
}

// hintsOf is a context of which hints changed.
type hintsOf struct {
	context string
	was, is asterisk.Plan
}

type placedStep struct {
	context string
	asterisk.Step
}

// dialplanPatch returns the steps that differ. ok is false where steps alone
// cannot do it, and the dialplan has to be reloaded.
func dialplanPatch(from, to []asterisk.Section) (p patch, ok bool) {
	for _, s := range to {
		if isGlobals(s) {
			continue
		}
		was, before := stepsOf(from, s.Name)
		is, after := stepsOf(to, s.Name)
		if !before || !after {
			return patch{}, false
		}
		p.compare(s.Name, was, is)
	}
	for _, s := range from {
		if isGlobals(s) || has(to, s.Name) {
			continue
		}
		if s.Kind == asterisk.KindContext {
			p.gone = append(p.gone, s.Name)
			continue
		}
		was, before := stepsOf(from, s.Name)
		if !before {
			return patch{}, false
		}
		p.compare(s.Name, was, nil)
	}
	return p, p.sendable()
}

func has(sections []asterisk.Section, name string) bool {
	return slices.ContainsFunc(sections, func(s asterisk.Section) bool { return s.Name == name })
}

// stepsOf returns the steps of a context; plain is false where it has more than
// steps, or one of them twice.
func stepsOf(sections []asterisk.Section, name string) (steps []asterisk.Step, plain bool) {
	i := slices.IndexFunc(sections, func(s asterisk.Section) bool { return s.Name == name })
	if i < 0 {
		return nil, true
	}
	plan := asterisk.ReadPlan(sections[i].Lines)
	seen := map[[2]string]bool{}
	for _, s := range plan.Steps {
		key := [2]string{s.Extension, s.Priority}
		plan.Plain = plan.Plain && !seen[key]
		seen[key] = true
	}
	return plan.Steps, plan.Plain
}

// compare adds what differs in a context. An extension is built from its last
// step to its first, so no call finds half of it, and taken down the other way
// round.
func (p *patch) compare(name string, was, is []asterisk.Step) {
	place := func(s asterisk.Step) placedStep { return placedStep{name, s} }
	for _, s := range slices.Backward(is) {
		if !slices.Contains(was, s) {
			p.add = append(p.add, place(s))
		}
	}
	before, after := asterisk.Plan{Steps: was}, asterisk.Plan{Steps: is}
	for _, s := range was {
		if slices.ContainsFunc(is, func(i asterisk.Step) bool {
			return i.Extension == s.Extension && i.Priority == s.Priority
		}) {
			continue
		}
		if _, still := after.HintOf(s.Extension); s.Priority != "hint" || !still {
			p.remove = append(p.remove, place(s))
		}
	}
	if slices.ContainsFunc(was, func(s asterisk.Step) bool { return s.Priority == "hint" && !slices.Contains(is, s) }) {
		p.hints = append(p.hints, hintsOf{name, before, after})
	}
}

func (p patch) sendable() bool {
	return !slices.ContainsFunc(p.add, func(s placedStep) bool {
		return len("ApplicationData: ")+len(s.Data) > ami.MaxLine || len("Application: ")+len(s.Application) > ami.MaxLine ||
			len("Extension: ")+len(s.Extension) > ami.MaxLine
	})
}

// patchDialplan changes the running dialplan. done is false where that cannot
// be done step by step; then nothing was changed.
func (c *change) patchDialplan(ctx context.Context) (done bool, err error) {
	if slices.Contains(c.suspect, "extensions") || c.have.files["extensions"].damaged {
		return false, nil
	}
	p, ok := dialplanPatch(c.have.sections("extensions"), c.want.sections("extensions"))
	if !ok || slices.ContainsFunc(c.globals(c.want), func(l asterisk.Line) bool { return !settable(l.Value) }) {
		return false, nil
	}
	// Values first: a step that is new may ask for one.
	if err := c.setGlobals(ctx); err != nil {
		return true, err
	}
	for _, s := range p.add {
		_, err := c.console.do(ctx, "DialplanExtensionAdd", "Context", s.context, "Extension", s.Extension,
			"Priority", s.Priority, "Application", s.Application, "ApplicationData", s.Data, "Replace", "yes")
		if err != nil && refusal(err) == "" {
			return true, err
		}
	}
	for _, s := range p.remove {
		_, err := c.console.do(ctx, "DialplanExtensionRemove", "Context", s.context, "Extension", s.Extension, "Priority", s.Priority)
		if err != nil && refusal(err) == "" {
			return true, err
		}
	}
	for _, changed := range p.hints {
		if err := c.renewHints(ctx, changed); err != nil {
			return true, err
		}
	}
	for _, name := range p.gone {
		if _, err := c.console.command(ctx, "dialplan remove context "+name); err != nil {
			return true, err
		}
	}
	// What Asterisk refused is seen by who looks afterwards.
	return true, nil
}

// renewHints has Asterisk make the hints anew that it made of patterns, because
// another user may have the number, and takes those away that nobody may watch
// any more. A phone goes on watching one that is replaced.
func (c *change) renewHints(ctx context.Context, h hintsOf) error {
	events, err := c.console.list(ctx, "ShowDialPlan", "Context", h.context)
	if err != nil && refusal(err) == "" {
		return err
	}
	for _, e := range events {
		extension := e.Get("Extension")
		_, ours := h.was.HintOf(extension)
		pattern, stays := h.is.HintOf(extension)
		if e.Get("Priority") != "hint" || !ours || pattern.Extension == extension {
			continue
		}
		where := []string{"Context", h.context, "Extension", extension, "Priority", "hint"}
		if stays {
			_, err = c.console.do(ctx, "DialplanExtensionAdd", append(where, "Application", pattern.Application, "Replace", "yes")...)
		} else {
			_, err = c.console.do(ctx, "DialplanExtensionRemove", where...)
		}
		if err != nil && refusal(err) == "" {
			return err
		}
	}
	return nil
}
