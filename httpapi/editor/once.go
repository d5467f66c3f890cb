package editor

// shownOnce is a page with what cannot be read again.
type shownOnce struct {
	head
	Key     string // of its texts
	Subject string // what it is of
	Values  []copyable
	Until   string // when it ends; empty for never
	Told    string // key of what is said instead of values
	Bad     bool   // that is no good news
	Back    string // path
}

// copyable is a value with a button that copies it.
type copyable struct {
	ID, Key, Value string // Key is that of its name
	Kept           bool   // once it is copied the page may be left
}

// newCopyable is for templates.
func newCopyable(id, key, value string, kept bool) copyable { return copyable{id, key, value, kept} }

// on is the value of a switch.
func on(is bool) string {
	if is {
		return "on"
	}
	return ""
}
