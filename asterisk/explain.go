package asterisk

import (
	"slices"

	"github.com/orgpbx/orgpbx/resource"
)

// Explain returns [Differences] with the settings of each, as people are shown
// them: no password is in it.
func Explain(from, to Config) []resource.ObjectChange {
	var changes []resource.ObjectChange
	for _, d := range Differences(from, to) {
		changes = append(changes, resource.ObjectChange{Change: d.Change(), Settings: d.settings()})
	}
	return changes
}

func (d Difference) settings() []resource.SettingChange {
	var edits []lineEdit
	switch d.Action {
	case resource.Add:
		edits = editsOf(resource.Add, d.Lines)
	case resource.Delete:
		edits = editsOf(resource.Delete, d.Lines)
	default:
		edits = lineEdits(d.Was, d.Lines)
	}
	return d.paired(edits)
}

// lineEdit is a line that comes or goes.
type lineEdit struct {
	action resource.ChangeAction
	line   Line
}

func editsOf(action resource.ChangeAction, lines []Line) []lineEdit {
	list := make([]lineEdit, len(lines))
	for i, l := range lines {
		list[i] = lineEdit{action, l}
	}
	return list
}

// paired makes one change of a line that goes and one that comes where they
// are the only ones of their key.
func (d Difference) paired(edits []lineEdit) []resource.SettingChange {
	gone, come := map[string][]int{}, map[string][]int{}
	for i, e := range edits {
		if e.action == resource.Delete {
			gone[e.line.Key] = append(gone[e.line.Key], i)
		} else {
			come[e.line.Key] = append(come[e.line.Key], i)
		}
	}
	var settings []resource.SettingChange
	for i, e := range edits {
		was, is := gone[e.line.Key], come[e.line.Key]
		switch {
		case len(was) != 1 || len(is) != 1:
			settings = append(settings, d.setting(e.action, e.line, e.line))
		case i == min(was[0], is[0]):
			settings = append(settings, d.setting(resource.Modify, edits[was[0]].line, edits[is[0]].line))
		}
	}
	return settings
}

func (d Difference) setting(action resource.ChangeAction, was, is Line) resource.SettingChange {
	s := resource.SettingChange{Action: action, Name: is.Key, Secret: d.Kind == KindMailbox || isSecret(is.Key)}
	if s.Secret {
		return s
	}
	if action != resource.Add {
		s.Old = was.Value
	}
	if action != resource.Delete {
		s.New = is.Value
	}
	return s
}

// isSecret reports whether a setting of this name holds a password or its
// digest. A mailbox's line starts with one.
func isSecret(key string) bool {
	return slices.Contains([]string{"password", "password_digest", "md5_cred"}, key)
}

// maxEdits bounds the work to find out which lines of an object stayed.
const maxEdits = 1 << 20

// lineEdits returns what turns one list of lines into another, keeping the
// longest common part of both.
func lineEdits(was, is []Line) []lineEdit {
	for len(was) > 0 && len(is) > 0 && was[0] == is[0] {
		was, is = was[1:], is[1:]
	}
	for len(was) > 0 && len(is) > 0 && was[len(was)-1] == is[len(is)-1] {
		was, is = was[:len(was)-1], is[:len(is)-1]
	}
	if len(was)*len(is) > maxEdits {
		return append(editsOf(resource.Delete, was), editsOf(resource.Add, is)...)
	}
	common := commonLengths(was, is)
	var edits []lineEdit
	for i, j := 0, 0; i < len(was) || j < len(is); {
		switch {
		case i < len(was) && j < len(is) && was[i] == is[j]:
			i, j = i+1, j+1
		case j == len(is) || i < len(was) && common[i+1][j] >= common[i][j+1]:
			edits = append(edits, lineEdit{resource.Delete, was[i]})
			i++
		default:
			edits = append(edits, lineEdit{resource.Add, is[j]})
			j++
		}
	}
	return edits
}

// commonLengths returns how many lines the rest of was from i on and the rest
// of is from j on have in common, in order.
func commonLengths(was, is []Line) [][]int {
	common := make([][]int, len(was)+1)
	for i := range common {
		common[i] = make([]int, len(is)+1)
	}
	for i := len(was) - 1; i >= 0; i-- {
		for j := len(is) - 1; j >= 0; j-- {
			if was[i] == is[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	return common
}
