package editor_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryTextThatATemplateNamesIsThere looks at the keys that are written out;
// those that are put together are met by the tests of the pages.
func TestEveryTextThatATemplateNamesIsThere(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("texts.json")
	require.NoError(t, err)
	var texts map[string]string
	require.NoError(t, json.Unmarshal(content, &texts))
	files, err := filepath.Glob("templates/*.html")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		template, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, named := range regexp.MustCompile(`\{\{t "([^"]+)"`).FindAllStringSubmatch(string(template), -1) {
			require.Contains(t, texts, named[1], name)
		}
	}
}
