package calls

import (
	"context"
	"fmt"
	"strconv"

	"github.com/orgpbx/orgpbx/asterisk/ami"
)

// Manager is what is needed of a manager connection.
type Manager interface {
	Do(ctx context.Context, a ami.Action) (ami.Response, error)
}

// Running asks Asterisk how many calls an organisation has now. The answer is
// the group count that the dialplan admits calls by, so both always agree.
type Running struct{ Manager Manager }

// ConcurrentCalls returns how many calls over trunks there are. The errors are
// those of [ami.Conn.Do].
func (r Running) ConcurrentCalls(ctx context.Context, contextPrefix string) (int, error) {
	answer, err := r.Manager.Do(ctx, ami.Action{Name: "Getvar", Fields: []ami.Field{
		{Key: "Variable", Value: "GROUP_COUNT(" + contextPrefix + "@orgpbx)"},
	}})
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(answer.Get("Value"))
	if err != nil {
		return 0, fmt.Errorf("the number of calls of a group: %w", err)
	}
	return n, nil
}
