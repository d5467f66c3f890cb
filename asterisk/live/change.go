package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/resource"
)

// undoTimeout bounds going back, which is done also for a caller who is gone.
const undoTimeout = 30 * time.Second

// change is one organisation on its way from one state to another.
type change struct {
	*PBX
	have, want state
	changes    []resource.Change
	// suspect are the files of which Asterisk may have loaded any version.
	suspect []string
	// again are PJSIP objects to write although the database has them so.
	again map[objectKey]bool
	// queuesWritten tells the others with whom a first deploy shares a reload
	// that they need not wait for it any more.
	queuesWritten func()
}

// compare finds out what has to be done for a configuration. Where thorough is
// false it takes the word of Asterisk's note for what Asterisk has.
func (p *PBX) compare(ctx context.Context, config asterisk.Config, thorough bool) (*change, error) {
	if !prefixPattern.MatchString(config.Prefix) {
		return nil, fmt.Errorf("%q is not a context prefix", config.Prefix)
	}
	c := &change{PBX: p}
	var err error
	if c.want, err = wanted(config); err != nil {
		return nil, err
	}
	left, err := p.console.readNote(ctx, config.Prefix)
	if err != nil {
		return nil, fmt.Errorf("read Asterisk's database: %w", err)
	}
	c.suspect = left.suspect
	var known bool
	if c.have, known = p.recall(config.Prefix, left); !known || thorough {
		if c.have, err = p.read(ctx, config.Prefix); err != nil {
			return nil, err
		}
	}
	for _, file := range files() {
		if c.have.files[file].damaged {
			c.suspect = append(c.suspect, file)
		}
	}
	c.changes = asterisk.Diff(c.have.Config, c.want.Config)
	return c, nil
}

// recall returns what a note says that Asterisk has, where that is known here.
func (p *PBX) recall(prefix string, left note) (state, bool) {
	if !left.exists {
		return nothingOf(prefix), true
	}
	return p.memory.recall(prefix, left.digest)
}

// findDrift adds the objects that stay as they are and that Asterisk is running
// otherwise, or not at all.
func (c *change) findDrift(ctx context.Context) error {
	doubtful, err := c.withoutShown(ctx, unchanged(c.have.Config, c.want.Config))
	if err != nil {
		return err
	}
	drift, err := c.inspector.Drift(ctx, doubtful)
	c.again = map[objectKey]bool{}
	for _, d := range drift {
		c.changes = append(c.changes, d.Change)
		if d.File == "pjsip" {
			c.again[objectKey{d.Change.Object, d.Change.Name}] = true
		} else {
			c.suspect = append(c.suspect, d.File)
		}
	}
	return err
}

// unchanged is what two configurations have in common, object by object.
func unchanged(from, to asterisk.Config) asterisk.Config {
	touched := map[resource.Change]bool{}
	for _, c := range asterisk.Diff(from, to) {
		c.Action = resource.Add
		touched[c] = true
	}
	common := asterisk.Config{Prefix: to.Prefix}
	for _, f := range to.Files {
		kept := asterisk.File{Name: f.Name}
		for _, s := range f.Sections {
			if s.Lines = untouched(f.Name, s, touched); len(s.Lines) > 0 {
				kept.Sections = append(kept.Sections, s)
			}
		}
		common.Files = append(common.Files, kept)
	}
	return common
}

// untouched are the lines of a section that are no part of a touched object,
// which is the section, or one line of those that have an object in each.
func untouched(file string, s asterisk.Section, touched map[resource.Change]bool) []asterisk.Line {
	return slices.DeleteFunc(slices.Clone(s.Lines), func(l asterisk.Line) bool {
		one := asterisk.Section{Name: s.Name, Kind: s.Kind, Lines: []asterisk.Line{l}}
		made := asterisk.Diff(asterisk.Config{}, asterisk.Config{Files: []asterisk.File{{Name: file, Sections: []asterisk.Section{one}}}})
		return touched[made[0]]
	})
}

func (c *change) nothing() bool { return len(c.changes) == 0 && len(c.suspect) == 0 }

// run makes the change, or leaves things as they were.
func (c *change) run(ctx context.Context) error {
	if err := c.check(ctx); err != nil {
		return err
	}
	if err := c.activate(ctx); err != nil {
		return c.undo(ctx, err)
	}
	return nil
}

// check finds what cannot be sent before anything is.
func (c *change) check(ctx context.Context) error {
	for _, file := range files() {
		if err := checkSendable(c.want.sections(file)); err != nil {
			return err
		}
	}
	return c.encodeObjects(ctx, c.want, c.have)
}

// activate goes from one state to the other. Mailboxes and objects are there
// before the queues and the dialplan that call them, and go after them.
func (c *change) activate(ctx context.Context) error {
	touched := c.touched()
	if c.isFirst() && slices.Contains(touched, "queues") {
		c.queuesWritten = c.modules["queues"].expect(ctx)
		defer c.queuesWritten()
	}
	if err := c.console.putNote(ctx, c.want.Prefix, append([]string{"changing"}, touched...)...); err != nil {
		return err
	}
	steps := []func(context.Context) error{
		func(ctx context.Context) error { return c.load(ctx, "voicemail", touched) },
		c.putObjects,
		func(ctx context.Context) error { return c.load(ctx, "queues", touched) },
		func(ctx context.Context) error { return c.load(ctx, "extensions", touched) },
		c.dropObjects,
		func(ctx context.Context) error {
			return c.inspector.Await(ctx, inFiles(c.have.Config), inFiles(c.want.Config), c.suspect, c.verifyTimeout)
		},
		c.finish,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// isFirst reports whether Asterisk is given an organisation that it has nothing
// of yet, so that nobody calls it meanwhile.
func (c *change) isFirst() bool { return c.have.isNothing() && !c.want.isNothing() }

// touched names the files that are written or loaded again.
func (c *change) touched() []string {
	return slices.DeleteFunc(files(), func(file string) bool {
		return !slices.Contains(c.suspect, file) && !c.differs(file)
	})
}

func (c *change) differs(file string) bool {
	have := c.have.files[file]
	return have.damaged || len(edits(have.sections, c.want.sections(file))) > 0
}

// load writes a file and has Asterisk load it.
func (c *change) load(ctx context.Context, file string, touched []string) error {
	if !slices.Contains(touched, file) {
		return nil
	}
	loaded := false
	module := c.modules[file]
	written, err := module.write(ctx, c.part(file), func() (err error) {
		if err = c.writeOwn(ctx, file); err == nil && file == "extensions" {
			loaded, err = c.patchDialplan(ctx)
		}
		return err
	})
	if err != nil || loaded {
		return err
	}
	reload := module.reload
	if file == "queues" && c.queuesWritten != nil {
		c.queuesWritten()
		reload = module.reloadTogether
	}
	if err := reload(ctx, written); err != nil {
		return err
	}
	if file == "extensions" {
		return c.clearGlobals(ctx)
	}
	return nil
}

// part names the queue that alone differs; it is "" for any other change.
func (c *change) part(file string) string {
	if file != "queues" || slices.Contains(c.suspect, file) || c.have.files[file].damaged {
		return ""
	}
	steps := edits(c.have.sections(file), c.want.sections(file))
	for _, s := range steps {
		if s.section != steps[0].section {
			return ""
		}
	}
	return steps[0].section
}

// writeOwn writes the organisation's part of a file where it is otherwise.
func (c *change) writeOwn(ctx context.Context, file string) error {
	if !c.differs(file) {
		return nil
	}
	name := organizationFile(c.want.Prefix, file)
	if steps, ok := valueEdits(c.have.files[file].sections, c.want.sections(file)); ok && fitting(steps) == len(steps) {
		if err := c.update(ctx, c.path(name), c.path(name), steps); refusal(err) == "" {
			return err
		}
	}
	// Lines are changed by their number, so the file itself has to say which.
	have, err := c.readFile(ctx, name, file)
	if err != nil {
		return err
	}
	return c.writeFile(ctx, c.want.Prefix, name, have, c.want.sections(file))
}

// undo puts back what was there, for the reason given, which it returns. Where
// Asterisk went away the next change starts from whatever it finds.
func (c *change) undo(ctx context.Context, reason error) error {
	if errors.Is(reason, resource.ErrPBXUnavailable) {
		return reason
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
	defer cancel()
	err := c.goBack(ctx)
	if err != nil {
		c.log.Error("live: Asterisk did not go back to the old configuration; the next change tries again",
			"context_prefix", c.want.Prefix, "error", err)
	}
	return reason
}

func (c *change) goBack(ctx context.Context) error {
	now, err := c.read(ctx, c.want.Prefix)
	if err != nil {
		return err
	}
	back := &change{PBX: c.PBX, have: now, want: c.have, suspect: append(c.touched(), c.suspect...)}
	return back.activate(ctx)
}

// putObjects writes the PJSIP objects that are new or differ, each after what it
// names. Asterisk reads them when it needs them; one that it cannot read hides
// others from it, so each is looked at before the next.
func (c *change) putObjects(ctx context.Context) error {
	var aors []string
	for _, kind := range kinds() {
		for _, s := range c.want.sections("pjsip") {
			key := keyOf(s)
			if s.Kind != kind || (c.have.objects[key] == c.want.objects[key] && !c.again[key]) {
				continue
			}
			if err := c.putObjectAndLook(ctx, s); err != nil {
				return err
			}
			if kind == asterisk.KindAOR {
				aors = append(aors, s.Name)
			}
		}
	}
	// Asterisk finds the endpoint of an AOR only now that there is one.
	return c.qualify(ctx, aors)
}

func (c *change) putObjectAndLook(ctx context.Context, s asterisk.Section) error {
	key := keyOf(s)
	if err := c.console.putObject(ctx, key, c.want.objects[key]); err != nil {
		return fmt.Errorf("write Asterisk's database: %w", err)
	}
	if _, existed := c.have.objects[key]; !existed && s.Kind == asterisk.KindEndpoint {
		c.endpoints.Add(1)
	}
	err := c.awaitObject(ctx, s)
	var refused *resource.RejectedError
	if errors.As(err, &refused) {
		return errors.Join(err, c.restoreObject(context.WithoutCancel(ctx), key))
	}
	return err
}

// restoreObject takes back one object at once.
func (c *change) restoreObject(ctx context.Context, key objectKey) error {
	if text, existed := c.have.objects[key]; existed {
		return c.console.putObject(ctx, key, text)
	}
	return c.console.dropObject(ctx, key)
}

// dropObjects deletes the PJSIP objects that shall not be there any more.
func (c *change) dropObjects(ctx context.Context) error {
	order := kinds()
	slices.Reverse(order)
	for _, kind := range order {
		for _, s := range c.have.sections("pjsip") {
			if _, stays := c.want.objects[keyOf(s)]; stays || s.Kind != kind {
				continue
			}
			if err := c.dropObjectAndLook(ctx, s); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *change) dropObjectAndLook(ctx context.Context, s asterisk.Section) error {
	if s.Kind == asterisk.KindAOR {
		// Asterisk goes on asking the contacts of an AOR that is gone, so it
		// loses them first.
		if err := c.console.putObject(ctx, keyOf(s), `{"max_contacts":"1"}`); err != nil {
			return fmt.Errorf("write Asterisk's database: %w", err)
		}
		if err := c.qualify(ctx, []string{s.Name}); err != nil {
			return err
		}
	}
	if err := c.console.dropObject(ctx, keyOf(s)); err != nil {
		return fmt.Errorf("write Asterisk's database: %w", err)
	}
	// To look for a registration that is gone also ends it.
	return c.inspector.Await(ctx, only(s), asterisk.Config{}, nil, 0)
}

// only is a configuration of one PJSIP object.
func only(s asterisk.Section) asterisk.Config {
	return asterisk.Config{Files: []asterisk.File{{Name: "pjsip", Sections: []asterisk.Section{s}}}}
}

// inFiles is a configuration without its PJSIP objects.
func inFiles(c asterisk.Config) asterisk.Config {
	c.Files = slices.DeleteFunc(slices.Clone(c.Files), func(f asterisk.File) bool { return f.Name == "pjsip" })
	return c
}
