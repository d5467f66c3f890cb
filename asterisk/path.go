package asterisk

// SharedPath returns where a file that all organisations share is in the
// folder of generated files, such as "pjsip.conf".
func SharedPath(file string) string { return file + ".conf" }

// OrganizationPath returns where an organisation's part of a file is in the
// folder of generated files, such as "orgs/k3v9x2m4.pjsip.conf". Neither a
// name that somebody typed nor an extension is ever in it.
func OrganizationPath(prefix, file string) string {
	return "orgs/" + string(contextPrefix(prefix)) + "." + file + ".conf"
}
