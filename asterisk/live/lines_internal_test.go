package live

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
)

// asAsterisk makes edits as Asterisk's UpdateConfig does, and fails where it
// would refuse one or crash.
func asAsterisk(t *testing.T, sections []asterisk.Section, steps []edit) []asterisk.Section {
	t.Helper()
	sections = slices.Clone(sections)
	for _, e := range steps {
		i := slices.IndexFunc(sections, func(s asterisk.Section) bool { return s.Name == e.section })
		if e.action == "NewCat" {
			require.Negative(t, i)
			sections = append(sections, asterisk.Section{Name: e.section})
			continue
		}
		require.GreaterOrEqual(t, i, 0)
		s := &sections[i]
		s.Lines = slices.Clone(s.Lines)
		value, arrow := strings.CutPrefix(e.value, ">")
		line := asterisk.Line{Key: e.key, Value: value, Arrow: arrow}
		switch e.action {
		case "DelCat":
			sections = slices.Delete(sections, i, i+1)
		case "Append":
			s.Lines = append(s.Lines, line)
		case "Update":
			at := slices.IndexFunc(s.Lines, func(l asterisk.Line) bool { return l.Key == e.key && l.Value == e.match })
			require.GreaterOrEqual(t, at, 0, "Asterisk refuses it")
			s.Lines[at] = line
		case "Delete":
			at, err := strconv.Atoi(e.line)
			require.NoError(t, err)
			require.Less(t, at, len(s.Lines))
			s.Lines = slices.Delete(s.Lines, at, at+1)
		case "Insert":
			at, err := strconv.Atoi(e.line)
			require.NoError(t, err)
			require.LessOrEqual(t, at, len(s.Lines), "Asterisk crashes")
			s.Lines = slices.Insert(s.Lines, at, line)
		}
	}
	return sections
}

func contentOf(sections []asterisk.Section) map[string]string {
	content := map[string]string{}
	for _, s := range sections {
		content[s.Name] = fmt.Sprint(s.Lines)
	}
	return content
}

func TestEditsMakeOneFileOfAnyOther(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2)) // the same cases each time
	some := func() (sections []asterisk.Section) {
		for _, name := range []string{"a", "b", "c"} {
			if random.IntN(4) == 0 {
				continue
			}
			s := asterisk.Section{Name: name}
			for range random.IntN(12) {
				s.Lines = append(s.Lines, asterisk.Line{Key: "exten", Value: strconv.Itoa(random.IntN(6)), Arrow: true})
			}
			sections = append(sections, s)
		}
		return sections
	}
	for range 3000 {
		from, to := some(), some()
		require.Equal(t, contentOf(to), contentOf(asAsterisk(t, from, edits(from, to))), "%v -> %v", from, to)
		require.Empty(t, edits(to, to))
	}
}

func TestValuesAreChangedWhereNothingElseDiffers(t *testing.T) {
	t.Parallel()
	globals := func(lines ...asterisk.Line) []asterisk.Section {
		return []asterisk.Section{{Name: "a"}, {Name: "globals", Lines: lines}}
	}
	limit, status := asterisk.Line{Key: "LIMIT", Value: "3"}, asterisk.Line{Key: "STATUS", Value: "active"}
	from := globals(limit, status)
	for name, c := range map[string]struct {
		to    []asterisk.Section
		steps int
	}{
		"one value":                  {globals(asterisk.Line{Key: "LIMIT", Value: "4"}, status), 1},
		"both":                       {globals(asterisk.Line{Key: "LIMIT", Value: "4"}, asterisk.Line{Key: "STATUS", Value: "suspended"}), 2},
		"nothing":                    {from, 0},
		"an empty one":               {globals(asterisk.Line{Key: "LIMIT"}, status), 0},
		"one that Asterisk mistakes": {globals(asterisk.Line{Key: "LIMIT", Value: ">4"}, status), 0},
		"another key":                {globals(asterisk.Line{Key: "OTHER", Value: "3"}, status), 0},
		"one line less":              {globals(limit), 0},
		"another section":            {append(globals(limit, status), asterisk.Section{Name: "b"}), 0},
		"steps of the dialplan":      {globals(asterisk.Line{Key: "LIMIT", Value: "4", Arrow: true}, status), 0},
		"a key that is there twice":  {globals(asterisk.Line{Key: "LIMIT", Value: "4"}, asterisk.Line{Key: "LIMIT", Value: "5"}), 0},
	} {
		steps, ok := valueEdits(from, c.to)
		require.Equal(t, c.steps > 0, ok, name)
		if ok {
			require.Len(t, steps, c.steps, name)
			require.Equal(t, contentOf(c.to), contentOf(asAsterisk(t, from, steps)), name)
		}
	}
}

func TestALineInALongSectionTakesOneStep(t *testing.T) {
	t.Parallel()
	var long asterisk.Section
	for i := range 300 {
		long.Lines = append(long.Lines, asterisk.Line{Key: "exten", Value: strconv.Itoa(i), Arrow: true})
	}
	longer := long
	longer.Lines = slices.Insert(slices.Clone(long.Lines), 40, asterisk.Line{Key: "exten", Value: "new"})
	longer.Lines = slices.Insert(longer.Lines, 200, asterisk.Line{Key: "exten", Value: "hint"})
	there := edits([]asterisk.Section{long}, []asterisk.Section{longer})
	require.Len(t, there, 2)
	back := edits([]asterisk.Section{longer}, []asterisk.Section{long})
	require.Len(t, back, 2)
	require.Equal(t, len(there), fitting(there))
}

func TestNoActionHasMoreFieldsThanAsteriskReads(t *testing.T) {
	t.Parallel()
	steps := slices.Repeat([]edit{{action: "Insert", section: "a", key: "exten", value: "v", line: "7"}}, 100)
	require.Equal(t, 24, fitting(steps))
	require.Equal(t, 41, fitting(slices.Repeat([]edit{{action: "Delete", section: "a", line: "7"}}, 100)))
}
