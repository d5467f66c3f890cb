package asterisk

// Config is everything Asterisk must have of one organisation, as the sections
// of its configuration files. It holds trunk passwords: do not log it.
type Config struct {
	// Prefix is the organisation's context prefix. Every section belongs to it
	// alone, or adds to one that all organisations share.
	Prefix string
	// Files has one file for each of [FileNames], in that order, also when
	// there is nothing in it.
	Files []File
}

// FileNames returns the names of the configuration files that an organisation
// has a part of.
func FileNames() []string { return []string{"pjsip", "extensions", "queues", "voicemail"} }

// File is the organisation's part of one of Asterisk's configuration files.
type File struct {
	// Name is "pjsip", "extensions", "queues" or "voicemail".
	Name string
	// OrganizationID says in the first line of the file whose it is.
	OrganizationID string
	Sections       []Section
}

// Section is one [name] of a file and the lines under it.
type Section struct {
	Name string
	// Kind says what the section makes in Asterisk, as one of the Kind
	// constants.
	Kind string
	// Lines are in the order that Asterisk reads them in.
	Lines []Line
}

// The kinds of section. The lines of globals, dids and mailboxes are objects
// of their own: the sections are shared with other organisations, or have one
// line for each user.
const (
	KindEndpoint     = "endpoint"
	KindAuth         = "auth"
	KindAOR          = "aor"
	KindIdentify     = "identify"
	KindRegistration = "registration"
	KindContext      = "context"
	KindQueue        = "queue"
	KindGlobals      = "globals"
	KindDIDs         = "dids"
	KindMailboxes    = "mailboxes"
)

// DIDContexts is how the names of the contexts begin that know the DIDs of all
// organisations; their last three digits follow.
const DIDContexts = "orgpbx-dids-"

// Line is one setting of a section, in plain text: the writer escapes it.
type Line struct {
	Key   string
	Value string
	Arrow bool // written key => value, which Asterisk asks for in places
}
