package live

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// walkLimit is how many endpoints an Asterisk may have that is told about one
// new AOR. It walks through all of them, which takes 40 ms for so many and grows
// with the square of their number; meanwhile no phone can register.
const walkLimit = 2000

// qualify tells the part of Asterisk that asks contacts whether they are there
// about new AORs, where that takes no longer than one on an Asterisk at the
// limit. Otherwise that is left to itself: it does the same when the first phone
// registers, but then asks it for the first time only up to qualify_frequency
// later, and until then queues take the phone for away.
func (c *change) qualify(ctx context.Context, aors []string) error {
	endpoints := c.endpoints.Load()
	if int64(len(aors))*endpoints*endpoints > walkLimit*walkLimit {
		return nil
	}
	for _, aor := range aors {
		if _, err := c.console.command(ctx, "pjsip reload qualify aor "+aor); err != nil {
			return err
		}
	}
	return nil
}

// countEndpoints learns how many endpoints there are in Asterisk's database.
func (p *PBX) countEndpoints(ctx context.Context) error {
	const all = "/" + family + "/endpoint"
	shown, err := p.console.command(ctx,
		`database query "SELECT COUNT(*) FROM astdb WHERE key BETWEEN '`+all+`/' AND '`+all+`0'"`)
	if err != nil {
		return err
	}
	for word := range strings.FieldsSeq(shown) {
		if n, err := strconv.ParseInt(word, 10, 64); err == nil {
			p.endpoints.Store(n)
			return nil
		}
	}
	return fmt.Errorf("count endpoints: Asterisk answers without a number")
}
