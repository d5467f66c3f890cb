package limits

import "fmt"

// ExceededError says that one more of Kind would pass the limit. Nothing was
// changed when it is returned.
type ExceededError struct {
	Kind  Kind
	Limit int // the limit in force
	Used  int // how many there are now; above Limit after it was lowered
}

// Error says which limit was met and what helps.
func (e *ExceededError) Error() string {
	return fmt.Sprintf("the limit of %d %s is reached (%d in use): remove one or raise the limit", e.Limit, e.Kind, e.Used)
}

// Check returns nil when one more of kind may be added where used are there
// already, and an [*ExceededError] otherwise.
func Check(kind Kind, limit Limit, used int) error {
	if limit.Allows(used) {
		return nil
	}
	n, _ := limit.Value()
	return &ExceededError{Kind: kind, Limit: n, Used: used}
}
