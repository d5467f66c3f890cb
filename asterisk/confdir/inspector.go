package confdir

import (
	"context"
	"time"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/resource"
)

// Inspector compares configurations with what Asterisk is running, whoever put
// it there. It changes nothing. It is safe for concurrent use.
type Inspector struct {
	pbx *PBX
}

// NewInspector returns an Inspector that asks over a connection.
func NewInspector(conn AMI) *Inspector { return &Inspector{&PBX{console: console{conn}}} }

// Drift is an object that Asterisk is running otherwise than it should.
type Drift struct {
	File   string // one of [asterisk.FileNames]
	Change resource.Change
}

// Drift returns the objects of a configuration that Asterisk has not, or not
// so. Its error wraps [resource.ErrPBXUnavailable] when Asterisk is away.
func (i *Inspector) Drift(ctx context.Context, c asterisk.Config) ([]Drift, error) {
	var drift []Drift
	for o := range c.Objects() {
		found, err := i.pbx.look(ctx, asterisk.Difference{Object: o, Action: resource.Modify})
		if err != nil {
			return nil, err
		}
		if found != nil {
			drift = append(drift, Drift{o.File, found.Change()})
		}
	}
	return drift, nil
}

// Await waits until Asterisk shows what it must after it went from one
// configuration to another: what was added or modified as it is in the new one,
// and nothing of what was deleted. Of the files named in all it must show every
// object. It asks once, and again until patience is over; then it returns a
// [*resource.RejectedError] for the first object that is otherwise.
func (i *Inspector) Await(ctx context.Context, from, to asterisk.Config, all []string, patience time.Duration) error {
	found, err := i.pbx.await(ctx, expectations(from, to, namesOf(all)), patience)
	if err != nil {
		return err
	}
	if found != nil {
		return found.rejected()
	}
	return nil
}
