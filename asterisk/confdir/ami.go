package confdir

import (
	"context"
	"errors"
	"fmt"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/resource"
)

// AMI is a connection to Asterisk; [*ami.Conn] is one.
type AMI interface {
	// Do sends an action and returns its response. An action that Asterisk
	// refuses is an [*ami.ActionError]; every other error means that it is
	// not known what became of the action.
	Do(ctx context.Context, a ami.Action) (ami.Response, error)
	// List sends an action that answers with a list and returns its items. An
	// answer that is no list is [ami.ErrNotList].
	List(ctx context.Context, a ami.Action) ([]ami.Event, error)
	// Command runs a console command and returns what it prints.
	Command(ctx context.Context, cli string) (string, error)
}

var _ AMI = (*ami.Conn)(nil)

// action builds an action from keys and values in turn.
func action(name string, keysAndValues ...string) ami.Action {
	a := ami.Action{Name: name}
	for i := 0; i < len(keysAndValues); i += 2 {
		a.Fields = append(a.Fields, ami.Field{Key: keysAndValues[i], Value: keysAndValues[i+1]})
	}
	return a
}

// console sends actions and tells errors that Asterisk answered with, and
// mistakes made here, from those of a connection that is away or never
// answers. Only the latter become [resource.ErrPBXUnavailable].
type console struct {
	ami AMI
}

func (c console) do(ctx context.Context, name string, keysAndValues ...string) (ami.Response, error) {
	response, err := c.ami.Do(ctx, action(name, keysAndValues...))
	return response, unavailable(err)
}

func (c console) list(ctx context.Context, name string, keysAndValues ...string) ([]ami.Event, error) {
	events, err := c.ami.List(ctx, action(name, keysAndValues...))
	return events, unavailable(err)
}

func (c console) command(ctx context.Context, cli string) (string, error) {
	output, err := c.ami.Command(ctx, cli)
	return output, unavailable(err)
}

func unavailable(err error) error {
	var refused *ami.ActionError
	switch {
	case err == nil, errors.As(err, &refused), errors.Is(err, context.Canceled), errors.Is(err, ami.ErrNotList),
		errors.Is(err, ami.ErrBadAction), errors.Is(err, ami.ErrInjection), errors.Is(err, ami.ErrTooLong):
		return err
	default:
		return fmt.Errorf("%w: %w", resource.ErrPBXUnavailable, err)
	}
}

// refusal returns what Asterisk said when it refused an action, or "".
func refusal(err error) string {
	var refused *ami.ActionError
	if errors.As(err, &refused) {
		return refused.Message
	}
	return ""
}
