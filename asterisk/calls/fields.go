package calls

import "strings"

// FileName is what [CustomMapping] has Asterisk call the file, in the folder
// cdr-custom of its logs.
const FileName = "orgpbx.csv"

// fields are what is asked of Asterisk, as the argument of its function CDR and in
// the order in which they are in a line of the file. A new one goes to the end: the
// lines of a file that is there already are then still read.
var fields = []string{
	"uniqueid", "linkedid", "sequence", "accountcode", "channel", "dstchannel", "clid", "src", "dst", "disposition",
	"start,u", "answer,u", "end,u",
	"orgpbx_direction", "orgpbx_called", "orgpbx_emergency", "orgpbx_denied", "orgpbx_limit", "orgpbx_used",
	"orgpbx_consent", "orgpbx_consent_choice", "orgpbx_consent_digit", "orgpbx_consent_prompt", "orgpbx_recording",
	"orgpbx_agent_call", "orgpbx_consent_at",
}

// eventFields are those that a Cdr event has without being told so, and what it
// calls them.
var eventFields = map[string]string{
	"uniqueid": "UniqueID", "accountcode": "AccountCode", "channel": "Channel", "dstchannel": "DestinationChannel",
	"clid": "CallerID", "src": "Source", "dst": "Destination", "disposition": "Disposition",
}

// CustomMapping is the line for [mappings] in Asterisk's cdr_custom.conf that
// makes it write the file.
func CustomMapping() string {
	columns := make([]string, len(fields))
	for i, f := range fields {
		columns[i] = "${CSV_QUOTE(${CDR(" + f + ")})}"
	}
	return FileName + " => " + strings.Join(columns, ",") + "\n"
}

// ManagerMappings are the lines for [mappings] in Asterisk's cdr_manager.conf
// that make an event tell as much as a line of the file. Asterisk keeps 1,023
// characters of all that together, so the names are short.
func ManagerMappings() string {
	var lines strings.Builder
	for _, f := range fields {
		if _, there := eventFields[f]; !there {
			lines.WriteString(f + " => " + eventName(f) + "\n")
		}
	}
	return lines.String()
}

// eventName is what a field is called in an event. A key with an underscore would
// make a packet that goami2 cannot parse.
func eventName(field string) string {
	if name, there := eventFields[field]; there {
		return name
	}
	name := strings.TrimPrefix(strings.TrimSuffix(field, ",u"), "orgpbx_")
	return "O-" + strings.ReplaceAll(name, "_", "-")
}
