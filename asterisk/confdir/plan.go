package confdir

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/resource"
)

// plan returns what converge would do. It makes not even the folder.
func (p *PBX) plan(ctx context.Context, want asterisk.Config) ([]resource.Change, error) {
	have, drift, err := p.compare(ctx, want)
	if err != nil {
		return nil, err
	}
	return append(asterisk.Diff(have, want), drift...), nil
}

// explain is plan with the settings.
func (p *PBX) explain(ctx context.Context, want asterisk.Config) ([]resource.ObjectChange, error) {
	have, drift, err := p.compare(ctx, want)
	if err != nil {
		return nil, err
	}
	return append(asterisk.Explain(have, want), resource.WithoutSettings(drift)...), nil
}

// compare returns what Asterisk should be obeying now, and what of that it is
// not.
func (p *PBX) compare(ctx context.Context, want asterisk.Config) (have asterisk.Config, drift []resource.Change, err error) {
	if err := checkPrefix(want.Prefix); err != nil {
		return asterisk.Config{}, nil, err
	}
	root, err := os.OpenRoot(p.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return asterisk.Config{}, nil, nil
	}
	if err != nil {
		return asterisk.Config{}, nil, err
	}
	f := folder{root}
	defer p.close(f)
	c, err := p.load(f, want)
	if err != nil {
		return asterisk.Config{}, nil, err
	}
	drift, err = c.drift(ctx)
	return c.have.Config, drift, err
}

// drift looks for objects that both states have, and Asterisk has not, or not
// so. What differs between the states is no drift, it is a change to be made.
func (c *change) drift(ctx context.Context) ([]resource.Change, error) {
	if !c.online() {
		return nil, nil
	}
	pending := map[asterisk.ObjectID]bool{}
	for _, d := range asterisk.Differences(c.have.Config, c.want.Config) {
		pending[d.ObjectID] = true
	}
	var drift []resource.Change
	for o := range c.want.Objects() {
		if pending[o.ObjectID] {
			continue
		}
		found, err := c.look(ctx, asterisk.Difference{Object: o, Action: resource.Modify})
		if err != nil {
			return nil, err
		}
		if found != nil {
			drift = append(drift, found.Change())
			c.suspect[o.File] = true
		}
	}
	return drift, nil
}
