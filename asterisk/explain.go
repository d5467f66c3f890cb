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
	switch d.Action {
	case resource.Add:
		return d.paired(LineEdits(nil, d.Lines))
	case resource.Delete:
		return d.paired(LineEdits(d.Lines, nil))
	default:
		return d.paired(LineEdits(d.Was, d.Lines))
	}
}

// paired makes one change of a line that goes and one that comes where they
// are the only ones of their key.
func (d Difference) paired(edits []LineEdit) []resource.SettingChange {
	gone, come := map[string][]int{}, map[string][]int{}
	for i, e := range edits {
		if e.Action == resource.Delete {
			gone[e.Line.Key] = append(gone[e.Line.Key], i)
		} else {
			come[e.Line.Key] = append(come[e.Line.Key], i)
		}
	}
	var settings []resource.SettingChange
	for i, e := range edits {
		was, is := gone[e.Line.Key], come[e.Line.Key]
		switch {
		case len(was) != 1 || len(is) != 1:
			settings = append(settings, d.setting(e.Action, e.Line, e.Line))
		case i == min(was[0], is[0]):
			settings = append(settings, d.setting(resource.Modify, edits[was[0]].Line, edits[is[0]].Line))
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
