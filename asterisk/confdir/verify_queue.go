package confdir

import (
	"context"
	"maps"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/ami"
)

// inspectQueue compares strategy, length, weight and the members from the file
// with QueueStatus, which shows no timeouts.
func (p *PBX) inspectQueue(ctx context.Context, o asterisk.Object) (verdict, error) {
	events, err := p.console.list(ctx, "QueueStatus", "Queue", o.Name)
	if err != nil {
		return verdict{}, err
	}
	v := absent()
	shown := map[string]string{}
	for _, e := range events {
		switch e.Name() {
		case "QueueParams":
			v = compareQueue(o, e)
		case "QueueMember":
			if e.Get("Membership") == "static" {
				shown[e.Get("Location")] = e.Get("Penalty")
			}
		}
	}
	if v == same() && !maps.Equal(writtenMembers(o.Lines), shown) {
		return differing("members"), nil
	}
	return v, nil
}

func compareQueue(o asterisk.Object, params ami.Event) verdict {
	shownAs := map[string]string{"strategy": "Strategy", "maxlen": "Max", "weight": "Weight"}
	for _, line := range o.Lines {
		field, isShown := shownAs[line.Key]
		if isShown && params.Get(field) != line.Value {
			return differing(line.Key)
		}
	}
	return same()
}

// writtenMembers returns the penalty of each member by its interface, as in
// "member => PJSIP/k3v9x2m4u7,2,…".
func writtenMembers(lines []asterisk.Line) map[string]string {
	members := map[string]string{}
	for _, line := range lines {
		if line.Key != "member" {
			continue
		}
		fields := strings.Split(line.Value, ",")
		penalty := "0"
		if len(fields) > 1 && strings.TrimSpace(fields[1]) != "" {
			penalty = strings.TrimSpace(fields[1])
		}
		members[strings.TrimSpace(fields[0])] = penalty
	}
	return members
}
