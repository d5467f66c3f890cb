package orgpbx_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/orgpbx/orgpbx"

// arrows says which packages of this module each package may import, directly
// or through others, outside its tests. A package that is missing here fails
// the test: a new package starts with its arrows.
var arrows = map[string][]string{
	"":                        {},
	"internal/await":          {},
	"internal/backends":       {"..."}, // for tests
	"internal/keylock":        {},
	"internal/orgfolder":      {"limits", "org", "org/audit", "org/event"},
	"internal/postgrestest":   {},
	"limits":                  {},
	"org":                     {"limits", "org/audit", "org/event"},
	"org/apikey":              {"limits", "org", "org/audit", "org/event", "org/member"},
	"org/audit":               {},
	"org/event":               {},
	"org/hold":                {"limits", "org", "org/audit", "org/event", "org/mask"},
	"org/idempotency":         {},
	"org/mask":                {"limits", "org", "org/audit", "org/event"},
	"org/member":              {"limits", "org", "org/audit", "org/event"},
	"resource":                {"limits", "org", "org/audit", "org/event"},
	"resource/cdr":            {"internal/orgfolder", "limits", "org", "org/audit", "org/event", "org/hold", "org/mask"},
	"resource/deploy":         {"internal/keylock", "limits", "org", "org/audit", "org/event", "resource"},
	"resource/subject":        {"internal/orgfolder", "limits", "org", "org/audit", "org/event", "org/hold", "org/mask", "resource", "resource/cdr", "resource/webhook", "resource/voicemail"},
	"resource/voicemail":      {"internal/orgfolder", "limits", "org", "org/audit", "org/event"},
	"resource/webhook":        {"internal/orgfolder", "limits", "org", "org/audit", "org/event", "org/hold", "org/mask", "resource", "resource/cdr"},
	"store":                   {"internal/orgfolder", "internal/keylock", "limits", "org", "org/apikey", "org/audit", "org/event", "org/hold", "org/mask", "org/idempotency", "org/member", "resource", "resource/cdr", "resource/deploy", "resource/subject", "resource/webhook", "resource/voicemail"},
	"store/memstore":          {"internal/orgfolder", "internal/keylock", "limits", "org", "org/apikey", "org/audit", "org/event", "org/hold", "org/mask", "org/idempotency", "org/member", "resource", "resource/cdr", "resource/deploy", "resource/subject", "resource/webhook", "store", "resource/voicemail"},
	"store/bunstore":          {"internal/orgfolder", "internal/keylock", "limits", "org", "org/apikey", "org/audit", "org/event", "org/hold", "org/mask", "org/idempotency", "org/member", "resource", "resource/cdr", "resource/deploy", "resource/subject", "resource/webhook", "store", "resource/voicemail"},
	"store/s3":                {"internal/orgfolder", "limits", "org", "org/audit", "org/event", "org/hold", "org/mask", "resource/cdr"},
	"store/storetest":         {"internal/orgfolder", "internal/keylock", "limits", "org", "org/apikey", "org/audit", "org/event", "org/hold", "org/mask", "org/idempotency", "org/member", "resource", "resource/cdr", "resource/deploy", "resource/subject", "resource/webhook", "store", "resource/voicemail"},
	"asterisk":                {"limits", "org", "org/audit", "org/event", "resource"},
	"asterisk/ami":            {},
	"asterisk/calls":          {"internal/orgfolder", "limits", "org", "org/audit", "org/event", "org/hold", "org/mask", "resource/cdr", "asterisk/ami"},
	"asterisk/asterisktest":   {"limits", "org", "org/audit", "org/event", "resource"},
	"asterisk/confdir":        {"limits", "org", "org/audit", "org/event", "resource", "asterisk", "asterisk/ami"},
	"asterisk/live":           {"internal/keylock", "limits", "org", "org/audit", "org/event", "resource", "asterisk", "asterisk/ami", "asterisk/confdir"},
	"asterisk/fleet":          {"limits", "org", "org/audit", "org/event", "resource"},
	"httpapi":                 {"internal/orgfolder", "internal/await", "internal/keylock", "limits", "org", "org/apikey", "org/audit", "org/event", "org/hold", "org/mask", "org/idempotency", "org/member", "resource", "resource/cdr", "resource/deploy", "resource/subject", "resource/webhook", "httpapi/apidocs", "httpapi/caller", "httpapi/guard", "resource/voicemail"},
	"httpapi/caller":          {"limits", "org", "org/audit", "org/event", "org/member"},
	"httpapi/editor":          {"internal/orgfolder", "internal/await", "internal/keylock", "limits", "org", "org/apikey", "org/audit", "org/event", "org/hold", "org/mask", "org/member", "resource", "resource/cdr", "resource/deploy", "resource/subject", "resource/webhook", "httpapi/caller", "httpapi/guard", "resource/voicemail"},
	"httpapi/guard":           {"limits", "org", "org/audit", "org/event"},
	"httpapi/apidocs":         {},
	"examples/embed":          {"..."},
	"examples/internal/parts": {"..."},
	"examples/renderer":       {"..."},
	"examples/server":         {"..."},
}

// outsiders says which packages of this module may bring a foreign module in.
// Everybody else must stay free of it, so that an embedder who does not use the
// part does not pay for it.
var outsiders = map[string][]string{
	"github.com/uptrace/bun":              {"store/bunstore"},
	"github.com/danielgtaylor/huma":       {"httpapi"},
	"github.com/swaggest/swgui":           {"httpapi", "httpapi/apidocs"},
	"github.com/prometheus/client_golang": {"httpapi"},
	"github.com/rs/cors":                  {"httpapi"},
	"github.com/minio":                    {"store/s3"},
	"github.com/johannesboyne/gofakes3":   {},
	"github.com/staskobzar/goami2":        {"asterisk/ami", "asterisk/calls", "asterisk/confdir", "asterisk/live"},
	"github.com/emiago/sipgo":             {"asterisk/asterisktest"},
	"github.com/pquerna/otp":              {"org/apikey", "org/member", "store", "store/memstore", "store/bunstore", "store/storetest", "httpapi", "httpapi/caller", "httpapi/editor"},
	"github.com/stretchr/testify":         {"store/storetest", "asterisk/asterisktest", "internal/postgrestest"},
	"github.com/chromedp":                 {},
	"github.com/jackc/pgx":                {"internal/postgrestest"},
	"modernc.org/sqlite":                  {},
}

type listed struct {
	ImportPath string
	Deps       []string
}

func TestNoForbiddenArrow(t *testing.T) {
	t.Parallel()
	there := map[string]bool{}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		there[name] = true
		allowed, known := arrows[name]
		require.True(t, known, "package %q has no arrows: add it to the table", name)
		if slices.Contains(allowed, "...") {
			continue
		}
		for _, dep := range p.Deps {
			if own, inside := strings.CutPrefix(dep, module+"/"); inside {
				require.Contains(t, allowed, own, "%s must not import %s", name, own)
			}
		}
	}
	for name := range arrows {
		require.True(t, there[name], "package %q is in the table and nowhere else", name)
	}
}

func TestForeignModulesStayWhereTheyBelong(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		if slices.Contains(arrows[name], "...") {
			continue
		}
		for _, dep := range p.Deps {
			for foreign, users := range outsiders {
				if dep == foreign || strings.HasPrefix(dep, foreign+"/") {
					require.Contains(t, users, name, "%s must not reach %s", name, foreign)
				}
			}
		}
	}
}

// packages lists the module's packages with all they import outside tests.
func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps=false", "-json=ImportPath,Deps", "./...").Output()
	require.NoError(t, err)
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p listed
		require.NoError(t, dec.Decode(&p))
		all = append(all, p)
	}
	require.NotEmpty(t, all)
	return all
}
