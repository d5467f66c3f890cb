package confdir

import (
	"context"
	"fmt"
)

// SwitchFamily is where Asterisk's database keeps what the phones of an organisation
// have switched by feature codes; see base/extensions/35-codes.conf of the
// package asterisk.
func SwitchFamily(contextPrefix string) string { return "orgpbx-" + contextPrefix }

// ForgetSwitches deletes what the phones of an organisation have switched by
// feature codes, which Asterisk keeps in its database, and the lamps that show
// it. The prefix must be checked. Its error wraps [resource.ErrPBXUnavailable]
// when Asterisk is away.
//
// What a single user has switched stays until then: it is kept by the name of
// his endpoint, which is random, so nobody inherits it.
func ForgetSwitches(ctx context.Context, conn AMI, contextPrefix string) error {
	for _, tree := range []string{
		SwitchFamily(contextPrefix),
		"CustomDevstate " + contextPrefix + "-%", // Asterisk compares with LIKE
	} {
		if _, err := (console{conn}).command(ctx, "database deltree "+tree); err != nil {
			return fmt.Errorf("delete from Asterisk's database: %w", err)
		}
	}
	return nil
}
