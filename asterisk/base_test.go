package asterisk_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
)

func TestSharedFilesEndWithTheFilesOfAllOrganizations(t *testing.T) {
	t.Parallel()
	files, err := asterisk.BaseFiles(asterisk.BaseOptions{Dir: "/srv/pbx config"})
	require.NoError(t, err)
	for _, f := range files {
		require.True(t, strings.HasSuffix(string(f.Text), "\n#tryinclude \"/srv/pbx config/orgs/*."+f.Path+"\"\n"), f.Path)
	}
}

// Of globals there may be many sections: Asterisk reads them all.
func TestSharedFilesHaveNoSectionThatAnOperatorMayHave(t *testing.T) {
	t.Parallel()
	files, err := asterisk.BaseFiles(asterisk.BaseOptions{Dir: "/srv/pbx"})
	require.NoError(t, err)
	for _, f := range files {
		for line := range strings.Lines(string(f.Text)) {
			if strings.HasPrefix(line, "[") {
				require.True(t, strings.HasPrefix(line, "[orgpbx-") || line == "[globals]\n", line)
			}
		}
	}
}

// What the organisations' files call is there.
func TestEverySubroutineIsInTheSharedDialplan(t *testing.T) {
	t.Parallel()
	files, err := asterisk.BaseFiles(asterisk.BaseOptions{Dir: "/srv/pbx"})
	require.NoError(t, err)
	shared := string(files[1].Text)
	called := 0
	for _, s := range asterisk.Render(exampleSnapshot()).Files[1].Sections {
		for _, l := range s.Lines {
			_, context, _ := strings.Cut(l.Value, "(")
			context, _, _ = strings.Cut(context, ",")
			if strings.HasPrefix(context, "orgpbx-") {
				called++
				require.Contains(t, shared, "\n["+context+"]\n")
			}
		}
	}
	require.Positive(t, called)
}

func TestFoldersThatCannotBeWrittenIntoAFileAreRefused(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{
		"", "relative", "/a;b", "/a\nb", "/a*", "/a\"b", "/a{b}", " /a", "/a ", "/" + strings.Repeat("a", 180),
	} {
		_, err := asterisk.BaseFiles(asterisk.BaseOptions{Dir: dir})
		require.ErrorIs(t, err, asterisk.ErrDir, dir)
	}
}

func TestPathsHoldThePrefixAndNothingElse(t *testing.T) {
	t.Parallel()
	require.Equal(t, "orgs/k3v9x2m4.pjsip.conf", asterisk.OrganizationPath("k3v9x2m4", "pjsip"))
	require.Equal(t, "orgs/______etc_passwd.pjsip.conf", asterisk.OrganizationPath("../../etc/passwd", "pjsip"))
	require.Equal(t, "pjsip.conf", asterisk.SharedPath("pjsip"))
}
