package confdir_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/confdir"
	"github.com/orgpbx/orgpbx/resource"
)

func TestAnOrganizationGoesLiveAndASecondApplyDoesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := newFakeAsterisk(t, dir)
	p := newPBX(t, dir, f.connect(t))

	changes, err := p.ApplyConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	require.ElementsMatch(t, asterisk.Diff(asterisk.Config{}, organization("alpha")), changes)
	require.True(t, f.has("pjsip", asterisk.KindEndpoint, "alphau1"))
	require.Equal(t, []string{"app_voicemail.so", "res_pjsip.so", "app_queue.so", "pbx_config.so"}, f.reloads())

	before := hashes(t, dir)
	changes, err = p.ApplyConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	require.Empty(t, changes)
	require.Len(t, f.reloads(), 4, "nothing was reloaded")
	require.Equal(t, before, hashes(t, dir))
}

func TestOnlyModulesWhoseFilesChangedAreReloaded(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		edit   func(asterisk.Config) asterisk.Config
		change resource.Change
		module string
	}{
		{"a phone", func(c asterisk.Config) asterisk.Config {
			return set(c, asterisk.KindEndpoint, "alphau1", "callerid", `"Two" <1002>`)
		}, change(resource.Modify, "endpoint", "alphau1"), "res_pjsip.so"},
		{"a queue", func(c asterisk.Config) asterisk.Config {
			return set(c, asterisk.KindQueue, "alpha-600", "strategy", "ringall")
		}, change(resource.Modify, "queue", "alpha-600"), "app_queue.so"},
		{"a mailbox", func(c asterisk.Config) asterisk.Config {
			return set(c, asterisk.KindMailboxes, "alpha", "1001", "1234,Two,two@example.com")
		}, change(resource.Modify, "mailbox", "1001@alpha"), "app_voicemail.so"},
		{"a context", func(c asterisk.Config) asterisk.Config {
			return set(c, asterisk.KindContext, "alpha-internal", "exten", "1001,1,Busy()")
		}, change(resource.Modify, "context", "alpha-internal"), "pbx_config.so"},
		{"a trunk that goes", func(c asterisk.Config) asterisk.Config {
			return without(c, asterisk.KindRegistration, "alphat1")
		}, change(resource.Delete, "registration", "alphat1"), "res_pjsip.so"},
		{"the last queue, whose file goes", func(c asterisk.Config) asterisk.Config {
			return without(c, asterisk.KindQueue, "alpha-600")
		}, change(resource.Delete, "queue", "alpha-600"), "app_queue.so"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			f := newFakeAsterisk(t, dir)
			p := newPBX(t, dir, f.connect(t))
			_, err := p.ApplyConfig(t.Context(), organization("alpha"))
			require.NoError(t, err)

			planned, err := p.PlanConfig(t.Context(), tc.edit(organization("alpha")))
			require.NoError(t, err)
			require.Equal(t, []resource.Change{tc.change}, planned)
			require.Len(t, f.reloads(), 4, "a plan changes nothing")

			changes, err := p.ApplyConfig(t.Context(), tc.edit(organization("alpha")))
			require.NoError(t, err)
			require.Equal(t, []resource.Change{tc.change}, changes)
			require.Equal(t, []string{tc.module}, f.reloads()[4:])
		})
	}
}

func TestAFileWithoutSectionsIsTakenAway(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := newPBX(t, dir, newFakeAsterisk(t, dir).connect(t))
	_, err := p.ApplyConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(dir, "orgs", "alpha.queues.conf"))
	_, err = p.ApplyConfig(t.Context(), without(organization("alpha"), asterisk.KindQueue, "alpha-600"))
	require.NoError(t, err)
	require.NoFileExists(t, filepath.Join(dir, "orgs", "alpha.queues.conf"))
}

func TestALimitIsSetWithoutAReload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := newFakeAsterisk(t, dir)
	p := newPBX(t, dir, f.connect(t))
	_, err := p.ApplyConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)

	want := set(organization("alpha"), asterisk.KindGlobals, "globals", "LIMIT_alpha", "7")
	changes, err := p.ApplyConfig(t.Context(), want)
	require.NoError(t, err)
	require.Equal(t, []resource.Change{change(resource.Modify, "global", "LIMIT_alpha")}, changes)
	require.Len(t, f.reloads(), 4, "nothing was reloaded")
	require.Equal(t, []string{"LIMIT_alpha"}, f.asked("Setvar", "Variable"))
	f.load("extensions")
	changes, err = p.PlanConfig(t.Context(), want)
	require.NoError(t, err)
	require.Empty(t, changes, "the file says the same as the running Asterisk")
}

func TestAValueThatAsteriskWouldExpandIsLoadedByAReload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := newFakeAsterisk(t, dir)
	p := newPBX(t, dir, f.connect(t))
	_, err := p.ApplyConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	_, err = p.ApplyConfig(t.Context(), set(organization("alpha"), asterisk.KindGlobals, "globals", "LIMIT_alpha", "${OTHER}"))
	require.NoError(t, err)
	require.Equal(t, []string{"pbx_config.so"}, f.reloads()[4:])
}

func TestWhatAsteriskLostIsPlannedAndComesBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := newFakeAsterisk(t, dir)
	p := newPBX(t, dir, f.connect(t))
	_, err := p.ApplyConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	f.lose("queues", "alpha-600")

	lost := []resource.Change{change(resource.Add, "queue", "alpha-600")}
	planned, err := p.PlanConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	require.Equal(t, lost, planned)
	changes, err := p.ApplyConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	require.Equal(t, lost, changes)
	require.Equal(t, []string{"app_queue.so"}, f.reloads()[4:])
	require.True(t, f.has("queues", asterisk.KindQueue, "alpha-600"))
}

func TestRemoveTakesOneOrganizationAndNoOther(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := newFakeAsterisk(t, dir)
	p := newPBX(t, dir, f.connect(t))
	for _, prefix := range []string{"alpha", "beta"} {
		_, err := p.ApplyConfig(t.Context(), organization(prefix))
		require.NoError(t, err)
	}
	changes, err := p.Remove(t.Context(), "alpha")
	require.NoError(t, err)
	require.ElementsMatch(t, asterisk.Diff(organization("alpha"), asterisk.Config{}), changes)

	left, err := filepath.Glob(filepath.Join(dir, "*", "alpha*"))
	require.NoError(t, err)
	require.Empty(t, left)
	require.False(t, f.has("pjsip", asterisk.KindEndpoint, "alphau1"))
	planned, err := p.PlanConfig(t.Context(), organization("beta"))
	require.NoError(t, err)
	require.Empty(t, planned)

	reloads := len(f.reloads())
	changes, err = p.Remove(t.Context(), "alpha")
	require.NoError(t, err, "there is nothing to remove")
	require.Empty(t, changes)
	require.Len(t, f.reloads(), reloads)
}

func TestWithoutAMIFilesAreWrittenAndThatIsAll(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "for", "it")
	p := newPBX(t, dir, nil)
	changes, err := p.ApplyConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	require.NotEmpty(t, changes)
	text, err := os.ReadFile(filepath.Join(dir, "orgs", "alpha.pjsip.conf"))
	require.NoError(t, err)
	require.Contains(t, string(text), `password = a\;b=c`)
	changes, err = p.ApplyConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	require.Empty(t, changes)
	_, err = p.Remove(t.Context(), "alpha")
	require.NoError(t, err)
	require.NoFileExists(t, filepath.Join(dir, "orgs", "alpha.pjsip.conf"))
}

func TestSharedFilesAreWrittenOnceAndLoadedByTheNextApply(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := newFakeAsterisk(t, dir)
	p := newPBX(t, dir, f.connect(t))
	require.NoError(t, p.Prepare(t.Context()))
	require.Empty(t, f.reloads(), "Asterisk need not even run")
	written, err := os.Stat(filepath.Join(dir, "pjsip.conf"))
	require.NoError(t, err)
	_, err = p.ApplyConfig(t.Context(), asterisk.Config{Prefix: "alpha"})
	require.NoError(t, err)
	require.Len(t, f.reloads(), 4)
	_, err = p.ApplyConfig(t.Context(), asterisk.Config{Prefix: "alpha"})
	require.NoError(t, err)
	require.Len(t, f.reloads(), 4, "they are loaded")
	again, err := os.Stat(filepath.Join(dir, "pjsip.conf"))
	require.NoError(t, err)
	require.Equal(t, written.ModTime(), again.ModTime())

	require.NoError(t, os.WriteFile(filepath.Join(dir, "pjsip.conf"), []byte("; edited\n"), 0o600))
	_, err = p.ApplyConfig(t.Context(), asterisk.Config{Prefix: "alpha"})
	require.NoError(t, err)
	require.Equal(t, []string{"res_pjsip.so"}, f.reloads()[4:], "the one that was edited")
}

func TestAnEditByHandIsWrittenOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := newFakeAsterisk(t, dir)
	p := newPBX(t, dir, f.connect(t))
	_, err := p.ApplyConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	before := hashes(t, dir)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "orgs", "alpha.queues.conf"), []byte("what is this\n"), 0o600))
	_, err = p.ApplyConfig(t.Context(), organization("alpha"))
	require.NoError(t, err)
	require.Equal(t, before, hashes(t, dir))
}

func TestABadConfigurationIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]confdir.Config{
		"no folder":                    {},
		"a negative time":              {Dir: "x", VerifyTimeout: -1},
		"a folder that cannot be told": {Dir: "x", DirInAsterisk: "/etc/*/x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := confdir.New(cfg)
			require.Error(t, err)
		})
	}
}
