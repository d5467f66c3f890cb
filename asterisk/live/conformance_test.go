package live_test

import (
	"testing"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/resource"
)

func TestLiveKeepsThePromisesOfAPBX(t *testing.T) {
	t.Parallel()
	asterisktest.RunPBX(t, func(*testing.T) asterisktest.Backend {
		return asterisktest.Backend{Files: operatorFiles(), Open: func(t *testing.T, a *asterisktest.Asterisk) resource.PBX {
			t.Helper()
			return newPBX(t, connect(t, a))
		}}
	})
}
