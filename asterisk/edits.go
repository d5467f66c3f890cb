package asterisk

import "github.com/orgpbx/orgpbx/resource"

// LineEdit is a line that comes or goes: Action is [resource.Add] or
// [resource.Delete].
type LineEdit struct {
	Action resource.ChangeAction
	Line   Line
	// At is where, counted from 0 in the lines as the edits before have left them.
	At int
}

// maxEdits bounds the work to find out which lines stayed: the product of the
// lengths, beyond what both begin and end with.
const maxEdits = 1 << 20

// LineEdits returns what turns one list of lines into another, keeping the
// longest common part of both. Of two long lists that have little in common it
// keeps only what both begin and end with.
func LineEdits(was, is []Line) []LineEdit {
	at := 0
	for at < len(was) && at < len(is) && was[at] == is[at] {
		at++
	}
	was, is = was[at:], is[at:]
	for len(was) > 0 && len(is) > 0 && was[len(was)-1] == is[len(is)-1] {
		was, is = was[:len(was)-1], is[:len(is)-1]
	}
	addFirst := func(int, int) bool { return false }
	if len(was)*len(is) <= maxEdits {
		common := commonLengths(was, is)
		addFirst = func(i, j int) bool { return common[i+1][j] < common[i][j+1] }
	}
	var edits []LineEdit
	for i, j := 0, 0; i < len(was) || j < len(is); {
		switch {
		case i < len(was) && j < len(is) && was[i] == is[j]:
			at, i, j = at+1, i+1, j+1
		case j == len(is) || i < len(was) && !addFirst(i, j):
			edits = append(edits, LineEdit{resource.Delete, was[i], at})
			i++
		default:
			edits = append(edits, LineEdit{resource.Add, is[j], at})
			at, j = at+1, j+1
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
