package httpapi

import "strings"

// access says who may call an operation. Its zero value is not a permission,
// so an operation that forgot to declare one does not register.
type access int

const (
	undeclared access = iota
	// anyone may call, without a credential.
	anyone
	// administrators of the platform may call.
	administrators
	// administratorsOrBody is administrators, who may also put their name and
	// password into the body.
	administratorsOrBody
	// organizations may call for themselves, their members whose role has the
	// permission, and the administrator for the organisation named in
	// X-Organization-ID.
	organizations
	// sessions are callers with a Bearer token.
	sessions
	// members are people who signed in, for themselves.
	members
)

// The names of the security schemes in the OpenAPI document.
const (
	schemeKey    = "apiKey"
	schemeSecret = "apiSecret"
	schemeBasic  = "basic"
	schemeBearer = "bearer"
)

// security returns the OpenAPI security requirements: a list of ways in.
func (a access) security() []map[string][]string {
	keyPair := map[string][]string{schemeKey: {}, schemeSecret: {}}
	basic := map[string][]string{schemeBasic: {}}
	bearer := map[string][]string{schemeBearer: {}}
	switch a {
	case administrators:
		return []map[string][]string{basic, bearer}
	case administratorsOrBody:
		return []map[string][]string{{}, basic, bearer}
	case organizations:
		return []map[string][]string{keyPair, basic, bearer}
	case sessions, members:
		return []map[string][]string{bearer}
	default:
		return []map[string][]string{}
	}
}

// describe says in words who may call.
func (op operation) describe() string {
	switch op.access {
	case administrators:
		return "For the platform administrator."
	case administratorsOrBody:
		return "For the platform administrator, whose name and password may also be in the body."
	case organizations:
		if op.roles() == "" {
			return "For an organisation, or for the platform administrator with X-Organization-ID."
		}
		return "For an organisation, for its members (" + op.roles() + "), or for the platform administrator with X-Organization-ID."
	case sessions:
		return "For whoever holds a Bearer token."
	case members:
		return "For a member who signed in."
	default:
		return "For everybody."
	}
}

// mustDeclare panics when an operation does not say what it is and who may
// call it: a mistake of this package, found when the API is made.
func (op operation) mustDeclare() {
	if op.access == undeclared {
		panic("httpapi: operation " + op.id + " does not declare who may call it")
	}
	if (op.access == organizations || op.access == members) && len(op.permission().Roles()) == 0 {
		panic("httpapi: operation " + op.id + " is not in the tables of permissions.go")
	}
	for _, s := range []string{op.id, op.method, op.path, op.tag, op.summary} {
		if s == "" {
			panic("httpapi: operation " + strings.TrimSpace(op.method+" "+op.path+" "+op.id) + " is not described")
		}
	}
}
