package asterisk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

func TestDiffNamesTheObjectsThatChange(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		edit    func(*resource.Snapshot)
		changes []resource.Change
	}{
		"nothing": {func(*resource.Snapshot) {}, nil},
		"a new name of the organisation": {
			func(s *resource.Snapshot) { s.Organization.Name = "Another" }, nil,
		},
		"a call limit is one global": {
			func(s *resource.Snapshot) { s.Organization.Limits.ConcurrentCalls = limits.AtMost(7) },
			[]resource.Change{{Action: resource.Modify, Object: "global", Name: "ORGPBX_k3v9x2m4_CALLS"}},
		},
		"so is the status": {
			func(s *resource.Snapshot) { s.Organization.Status = org.Suspended },
			[]resource.Change{
				{Action: resource.Modify, Object: "global", Name: "ORGPBX_k3v9x2m4_STATUS"},
				{Action: resource.Modify, Object: "global", Name: "ORGPBX_k3v9x2m4_CALLS"},
			},
		},
		"another SIP password is one auth": {
			func(s *resource.Snapshot) { s.Users[0].SIP.MD5 = "00000000000000000000000000000000" },
			[]resource.Change{{Action: resource.Modify, Object: "auth", Name: "k3v9x2m4-a7b2c3d4"}},
		},
		"a user's name is on the phone, in the queue and in the mailbox": {
			func(s *resource.Snapshot) { s.Users[0].FullName = "Meena" },
			[]resource.Change{
				{Action: resource.Modify, Object: "endpoint", Name: "k3v9x2m4-a7b2c3d4"},
				{Action: resource.Modify, Object: "queue", Name: "k3v9x2m4-2001"},
				{Action: resource.Modify, Object: "mailbox", Name: "1001@k3v9x2m4"},
			},
		},
		"a DID that goes": {
			func(s *resource.Snapshot) { s.DIDs = s.DIDs[:4] },
			[]resource.Change{
				{Action: resource.Modify, Object: "context", Name: "k3v9x2m4-inbound"},
				{Action: resource.Delete, Object: "did", Name: "15550100005"},
			},
		},
		"a new queue": {
			func(s *resource.Snapshot) {
				q := s.Queues[0].Clone()
				q.Number = "2002"
				s.Queues = append(s.Queues, q)
			},
			[]resource.Change{
				{Action: resource.Modify, Object: "context", Name: "k3v9x2m4-internal"},
				{Action: resource.Add, Object: "queue", Name: "k3v9x2m4-2002"},
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := exampleSnapshot()
			test.edit(&s)
			require.Equal(t, test.changes, asterisk.Diff(asterisk.Render(exampleSnapshot()), asterisk.Render(s)))
		})
	}
}

func TestDiffWithNothingIsEverything(t *testing.T) {
	t.Parallel()
	config := asterisk.Render(exampleSnapshot())
	added := asterisk.Diff(asterisk.Config{}, config)
	removed := asterisk.Diff(config, asterisk.Config{})
	require.Len(t, removed, len(added))
	for i, c := range added {
		require.Equal(t, resource.Add, c.Action)
		require.Equal(t, resource.Change{Action: resource.Delete, Object: c.Object, Name: c.Name}, removed[i])
	}
}
