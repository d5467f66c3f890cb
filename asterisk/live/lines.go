package live

import (
	"strconv"

	"github.com/orgpbx/orgpbx/asterisk"
)

// compareLimit bounds the work of comparing two versions of a section: the
// product of their lengths, beyond what they begin and end with in common.
const compareLimit = 1 << 20

// lineEdits says how to come from one version of a section to another line by
// line. ok is false where writing the section anew takes no more steps.
//
// Asterisk believes a line's number, and falls over one that is too large. So
// from must be what the file says, and is read before.
func lineEdits(from, to asterisk.Section) (steps []edit, ok bool) {
	was, is := from.Lines, to.Lines
	begin := 0
	for begin < len(was) && begin < len(is) && was[begin] == is[begin] {
		begin++
	}
	was, is = was[begin:], is[begin:]
	for len(was) > 0 && len(is) > 0 && was[len(was)-1] == is[len(is)-1] {
		was, is = was[:len(was)-1], is[:len(is)-1]
	}
	if len(was)*len(is) > compareLimit {
		return nil, false
	}
	common := commonLines(was, is)
	for at, i, j := begin, 0, 0; i < len(was) || j < len(is); {
		switch {
		case i < len(was) && j < len(is) && was[i] == is[j]:
			at, i, j = at+1, i+1, j+1
		case j == len(is) || (i < len(was) && common[i+1][j] >= common[i][j+1]):
			steps = append(steps, edit{action: "Delete", section: to.Name, line: strconv.Itoa(at)})
			i++
		default:
			steps = append(steps, edit{
				action: "Insert", section: to.Name, key: is[j].Key, value: written(is[j]), line: strconv.Itoa(at),
			})
			at, j = at+1, j+1
		}
	}
	return steps, len(steps) < len(to.Lines)
}

// commonLines returns how many lines the ends of two texts have in common, from
// each line of both on.
func commonLines(was, is []asterisk.Line) [][]int {
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
