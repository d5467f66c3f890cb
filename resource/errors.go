package resource

import "fmt"

// InUseError says that a resource cannot be removed, renumbered or switched
// off because others point at it.
type InUseError struct {
	By []Ref
}

// Error says what to change first.
func (e *InUseError) Error() string {
	if len(e.By) == 1 {
		return fmt.Sprintf("still used by %s %s: change that first", e.By[0].Kind, e.By[0].ID)
	}
	return fmt.Sprintf("still used by %s %s and %d more: change these first", e.By[0].Kind, e.By[0].ID, len(e.By)-1)
}
