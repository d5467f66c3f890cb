package limits_test

import (
	"errors"
	"fmt"

	"github.com/orgpbx/orgpbx/limits"
)

func Example() {
	quota := limits.AtMost(2)

	fmt.Println(limits.Check(limits.Users, quota, 1))
	err := limits.Check(limits.Users, quota, 2)
	fmt.Println(err)

	var exceeded *limits.ExceededError
	fmt.Println(errors.As(err, &exceeded), exceeded.Kind, exceeded.Used)
	fmt.Println(limits.LevelOf(2, quota), limits.LevelOf(1_000_000, limits.Unlimited()))
	// Output:
	// <nil>
	// the limit of 2 users is reached (2 in use): remove one or raise the limit
	// true users 2
	// near ok
}
