package confdir_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/asterisk/confdir"
	"github.com/orgpbx/orgpbx/resource"
)

// live is a folder with two organisations that a fake Asterisk has loaded.
type live struct {
	dir  string
	fake *fakeAsterisk
	conn *ami.Conn
	pbx  *confdir.PBX
	// files are the hashes of the folder, and reloads how many there were.
	files   map[string]string
	reloads int
}

func newLive(t *testing.T) live {
	t.Helper()
	l := live{dir: t.TempDir()}
	l.fake = newFakeAsterisk(t, l.dir)
	l.conn = l.fake.connect(t)
	l.pbx = newPBX(t, l.dir, l.conn)
	for _, prefix := range []string{"alpha", "beta"} {
		_, err := l.pbx.ApplyConfig(t.Context(), organization(prefix))
		require.NoError(t, err)
	}
	l.files, l.reloads = hashes(t, l.dir), len(l.fake.reloads())
	return l
}

// reloadsSince returns the modules that were reloaded after both went live.
func (l live) reloadsSince() []string { return l.fake.reloads()[l.reloads:] }

// changed is a configuration with a new caller id and a new queue strategy.
func changed() asterisk.Config {
	c := set(organization("alpha"), asterisk.KindEndpoint, "alphau1", "callerid", `"Two" <1002>`)
	return set(c, asterisk.KindQueue, "alpha-600", "strategy", "ringall")
}

func TestARejectedObjectIsNamedAndEverythingIsBack(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, refused, object, reason string
		want                          asterisk.Config
	}{
		{"a new endpoint", "alphau2", "endpoint", "Asterisk did not load it", func() asterisk.Config {
			c := changed()
			c.Files[0].Sections = append(c.Files[0].Sections, section("alphau2", asterisk.KindEndpoint, "type=endpoint"))
			return c
		}()},
		{"a changed endpoint", "alphau1", "endpoint", "Asterisk did not take the new callerid", changed()},
		{"a changed queue", "alpha-600", "queue", "Asterisk did not take the new strategy", changed()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			l := newLive(t)
			l.fake.refuse(tc.refused)
			_, err := l.pbx.ApplyConfig(t.Context(), tc.want)
			var rejected *resource.RejectedError
			require.ErrorAs(t, err, &rejected)
			require.Equal(t, resource.RejectedError{Object: tc.object, Name: tc.refused, Reason: tc.reason}, *rejected)
			require.Equal(t, l.files, hashes(t, l.dir))
			l.fake.refuse()
			for _, prefix := range []string{"alpha", "beta"} {
				planned, err := l.pbx.PlanConfig(t.Context(), organization(prefix))
				require.NoError(t, err)
				require.Empty(t, planned, "the old objects are loaded")
			}
		})
	}
}

func TestAFileThatAsteriskCannotReadIsARejection(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	l.fake.atReload(func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) bool {
		l.fake.atReload(nil) // it can read the old one
		s.Refuse(a, "An unknown error occurred")
		return true
	})
	_, err := l.pbx.ApplyConfig(t.Context(), set(organization("alpha"), asterisk.KindContext, "alpha-internal", "exten", "1001,1,Busy()"))
	var rejected *resource.RejectedError
	require.ErrorAs(t, err, &rejected)
	require.Equal(t, "alpha-internal", rejected.Name)
	require.Equal(t, l.files, hashes(t, l.dir))
}

func TestAReloadThatWasDroppedIsAskedForAgain(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	l.fake.atReload(func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) bool {
		l.fake.atReload(nil)
		s.Reply(a, "Message: Module Reloaded") // a lie
		return true
	})
	_, err := l.pbx.ApplyConfig(t.Context(), changed())
	require.NoError(t, err)
	planned, err := l.pbx.PlanConfig(t.Context(), changed())
	require.NoError(t, err)
	require.Empty(t, planned)
}

func TestAReloadWaitsForOneThatRuns(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	busy := 3
	l.fake.atReload(func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) bool {
		busy--
		if busy < 0 {
			return false
		}
		s.Refuse(a, "A reload is in progress")
		return true
	})
	_, err := l.pbx.ApplyConfig(t.Context(), set(organization("alpha"), asterisk.KindQueue, "alpha-600", "strategy", "ringall"))
	require.NoError(t, err)
	require.Len(t, l.reloadsSince(), 4)
}

func TestObjectsThatAppearLateAreWaitedFor(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	l.fake.atReload(func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) bool {
		s.Reply(a, "Message: Module Reloaded")
		time.AfterFunc(30*time.Millisecond, func() { l.fake.load("queues") })
		return true
	})
	_, err := l.pbx.ApplyConfig(t.Context(), set(organization("alpha"), asterisk.KindQueue, "alpha-600", "strategy", "ringall"))
	require.NoError(t, err)
	require.Len(t, l.reloadsSince(), 1)
}

func TestNothingIsWrittenWhileThePBXIsAway(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	require.NoError(t, l.conn.Close())
	_, err := l.pbx.ApplyConfig(t.Context(), changed())
	require.ErrorIs(t, err, resource.ErrPBXUnavailable)
	_, err = l.pbx.Remove(t.Context(), "alpha")
	require.ErrorIs(t, err, resource.ErrPBXUnavailable)
	_, err = l.pbx.PlanConfig(t.Context(), organization("alpha"))
	require.ErrorIs(t, err, resource.ErrPBXUnavailable, "nobody knows whether there is drift")
	require.Equal(t, l.files, hashes(t, l.dir))
}

// afterLoading does something when Asterisk has loaded the new files and has
// not answered yet.
func (l live) afterLoading(do func(*asterisktest.FakeAMISession)) {
	l.fake.atReload(func(s *asterisktest.FakeAMISession, _ asterisktest.FakeAMIAction) bool {
		l.fake.atReload(nil)
		l.fake.load("pjsip")
		l.fake.load("queues")
		do(s)
		return true
	})
}

func TestAConnectionLostInTheMiddleConverges(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		next asterisk.Config
	}{
		{"on the new configuration", changed()},
		{"on the old one, though its files are all there", organization("alpha")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			l := newLive(t)
			l.afterLoading(func(s *asterisktest.FakeAMISession) { s.Cut() })
			_, err := l.pbx.ApplyConfig(t.Context(), changed())
			require.ErrorIs(t, err, resource.ErrPBXUnavailable)
			left := hashes(t, l.dir)
			require.Contains(t, left, "undo/alpha.json")
			delete(left, "undo/alpha.json")
			require.Equal(t, l.files, left, "the old files are back")

			require.NoError(t, l.conn.Ready(t.Context()))
			_, err = newPBX(t, l.dir, l.conn).ApplyConfig(t.Context(), tc.next)
			require.NoError(t, err, "another process goes on")
			require.Contains(t, l.reloadsSince(), "res_pjsip.so")
			planned, err := l.pbx.PlanConfig(t.Context(), tc.next)
			require.NoError(t, err)
			require.Empty(t, planned)
			require.NoFileExists(t, filepath.Join(l.dir, "undo", "alpha.json"))
		})
	}
}

func TestAnAsteriskThatNeverAnswersIsUnavailable(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	asked := make(chan struct{})
	l.afterLoading(func(*asterisktest.FakeAMISession) { close(asked) })
	// Long enough to get as far as the question on a busy machine.
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_, err := l.pbx.ApplyConfig(ctx, changed())
	<-asked
	require.ErrorIs(t, err, resource.ErrPBXUnavailable)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	left := hashes(t, l.dir)
	delete(left, "undo/alpha.json")
	require.Equal(t, l.files, left)
}

func TestACallerWhoLeavesGetsTheOldConfigurationBack(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	ctx, cancel := context.WithCancel(t.Context())
	l.afterLoading(func(*asterisktest.FakeAMISession) { cancel() })
	_, err := l.pbx.ApplyConfig(ctx, changed())
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, resource.ErrPBXUnavailable)
	require.Equal(t, l.files, hashes(t, l.dir))
	planned, err := l.pbx.PlanConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	require.Empty(t, planned, "Asterisk loaded it again")

	_, err = l.pbx.ApplyConfig(ctx, changed())
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, l.files, hashes(t, l.dir))
}

func TestAMissingRightIsNeitherARejectionNorAnOutage(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	l.fake.atReload(func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) bool {
		s.Refuse(a, "Permission denied")
		return true
	})
	_, err := l.pbx.ApplyConfig(t.Context(), changed())
	require.ErrorContains(t, err, "Permission denied")
	require.NotErrorIs(t, err, resource.ErrPBXUnavailable)
	var rejected *resource.RejectedError
	require.NotErrorAs(t, err, &rejected)
}

// A process that was killed leaves the record, and any part of the new files.
func TestAKilledProcessLeavesAFolderThatConverges(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		written []string
		next    asterisk.Config
	}{
		{"before the first file", nil, changed()},
		{"between two files", []string{"pjsip"}, changed()},
		{"after the last file", []string{"pjsip", "queues"}, changed()},
		{"and then the change is taken back", []string{"pjsip"}, organization("alpha")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			l := newLive(t)
			text := map[string][]byte{}
			for _, file := range organization("alpha").Files {
				text[file.Name] = file.Bytes()
			}
			record, err := json.Marshal(map[string]any{"text": text, "files": []string{"pjsip", "queues"}})
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(l.dir, "undo", "alpha.json"), record, 0o600))
			for _, file := range changed().Files {
				for _, name := range tc.written {
					if file.Name == name {
						require.NoError(t, os.WriteFile(filepath.Join(l.dir, "orgs", "alpha."+name+".conf"), file.Bytes(), 0o600))
					}
				}
			}
			l.fake.load("pjsip") // somebody else reloaded

			_, err = l.pbx.ApplyConfig(t.Context(), tc.next)
			require.NoError(t, err)
			planned, err := l.pbx.PlanConfig(t.Context(), tc.next)
			require.NoError(t, err)
			require.Empty(t, planned)
			require.NoFileExists(t, filepath.Join(l.dir, "undo", "alpha.json"))
		})
	}
}

// What a killed process was about to do may be what Asterisk refuses.
func TestAKilledProcessDoesNotMakeARejectedConfigurationTheOldOne(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	l.fake.refuse("alphau1")
	l.afterLoading(func(s *asterisktest.FakeAMISession) { s.Cut() })
	_, err := l.pbx.ApplyConfig(t.Context(), changed())
	require.ErrorIs(t, err, resource.ErrPBXUnavailable)
	for _, file := range changed().Files { // as if the old files had not been put back
		require.NoError(t, os.WriteFile(filepath.Join(l.dir, "orgs", "alpha."+file.Name+".conf"), file.Bytes(), 0o600))
	}
	require.NoError(t, l.conn.Ready(t.Context()))

	_, err = l.pbx.ApplyConfig(t.Context(), changed())
	var rejected *resource.RejectedError
	require.ErrorAs(t, err, &rejected)
	require.Equal(t, l.files, hashes(t, l.dir))
}

func TestTwoProcessesDoNotReloadAtTheSameTime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := newFakeAsterisk(t, dir)
	var mu sync.Mutex
	running, most := 0, 0
	f.atReload(func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) bool {
		mu.Lock()
		running++
		most = max(most, running)
		mu.Unlock()
		time.AfterFunc(2*time.Millisecond, func() {
			f.load(map[string]string{
				"res_pjsip.so": "pjsip", "pbx_config.so": "extensions", "app_queue.so": "queues", "app_voicemail.so": "voicemail",
			}[a.Get("Module")])
			mu.Lock()
			running--
			mu.Unlock()
			s.Reply(a, "Message: Module Reloaded")
		})
		return true
	})
	conn := f.connect(t)
	var processes sync.WaitGroup
	errs := make(chan error, 20)
	for i := range 20 {
		p := newPBX(t, dir, conn) // each has a lock of its own to take
		processes.Go(func() {
			_, err := p.ApplyConfig(t.Context(), organization("alpha"+string(rune('a'+i%10))))
			errs <- err
		})
	}
	processes.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	require.Equal(t, 1, most)
	for i := range 10 {
		planned, err := newPBX(t, dir, conn).PlanConfig(t.Context(), organization("alpha"+string(rune('a'+i))))
		require.NoError(t, err)
		require.Empty(t, planned)
	}
}
