package asterisk

// Config is everything Asterisk must have of one organisation, as the sections
// of its configuration files.
type Config struct {
	// Prefix is the organisation's context prefix. Every section belongs to it
	// alone, or appends to one that all organisations share.
	Prefix string
	Files  []File
}

// File is the organisation's part of one of Asterisk's configuration files.
type File struct {
	// Name is "pjsip", "extensions", "queues" or "voicemail".
	Name     string
	Sections []Section
}

// Section is one [name] of a file and the lines under it.
type Section struct {
	Name string
	// Kind says what the section makes in Asterisk: "endpoint", "auth", "aor",
	// "identify", "registration", "context", "queue", "mailbox" or "globals".
	Kind string
	// Shared sections exist for all organisations; this one adds its lines,
	// which is written [name](+).
	Shared bool
	Lines  []Line
}

// Line is one setting of a section, in plain text: the writer escapes it.
type Line struct {
	Key   string
	Value string
	Arrow bool // written key => value, which Asterisk asks for in places
}
