package live

import (
	"context"
	"errors"
	"fmt"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/confdir"
	"github.com/orgpbx/orgpbx/resource"
)

// console sends actions to Asterisk. What Asterisk refuses is an
// [*ami.ActionError]; an Asterisk that is away, or does not answer, is
// [resource.ErrPBXUnavailable].
type console struct {
	ami confdir.AMI
}

func (c console) do(ctx context.Context, name string, keysAndValues ...string) (ami.Response, error) {
	response, err := c.ami.Do(ctx, action(name, keysAndValues))
	return response, unavailable(err)
}

func (c console) list(ctx context.Context, name string, keysAndValues ...string) ([]ami.Event, error) {
	events, err := c.ami.List(ctx, action(name, keysAndValues))
	return events, unavailable(err)
}

func (c console) command(ctx context.Context, cli string) (string, error) {
	output, err := c.ami.Command(ctx, cli)
	return output, unavailable(err)
}

// action builds an action from keys and values in turn.
func action(name string, keysAndValues []string) ami.Action {
	a := ami.Action{Name: name}
	for i := 0; i < len(keysAndValues); i += 2 {
		a.Fields = append(a.Fields, ami.Field{Key: keysAndValues[i], Value: keysAndValues[i+1]})
	}
	return a
}

// unavailable tells a connection that is away from an answer that is no.
func unavailable(err error) error {
	if errors.Is(err, ami.ErrNotConnected) || errors.Is(err, ami.ErrOutcomeUnknown) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", resource.ErrPBXUnavailable, err)
	}
	return err
}

// refusal returns what Asterisk said when it refused an action, or "".
func refusal(err error) string {
	var refused *ami.ActionError
	if errors.As(err, &refused) {
		return refused.Message
	}
	return ""
}
