package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/asterisk/calls"
)

// asServer tells a copy of the test binary that it is the server.
const asServer = "ORGPBX_TEST_AS_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// faultPatience is how long everything may take to be well again: the lease of
// a server that died has to run out, on a machine that is busy.
const faultPatience = 2 * time.Minute

// stand is a real Asterisk and a real Postgres, and gates to both, for servers
// that are processes of their own and can be killed.
type stand struct {
	t                 *testing.T
	pbx               *asterisktest.Asterisk
	dir               string // what the servers generate
	database, manager *gate
	env               []string
	log               io.Writer // gets what the servers log, where it is not nil
}

// newStand starts all but a server. dir is the folder of the generated files.
func newStand(t *testing.T, dir string) *stand {
	t.Helper()
	files := map[string]string{
		"cdr_custom.conf":  calls.CustomMapping(),
		"cdr_manager.conf": "[mappings]\n" + calls.ManagerMappings(),
	}
	for _, name := range []string{"pjsip.conf", "extensions.conf", "queues.conf", "voicemail.conf"} {
		files[name] = "\n#tryinclude " + filepath.Join(dir, name) + "\n"
	}
	address, err := url.Parse(newDatabase(t))
	require.NoError(t, err)
	s := &stand{t: t, dir: dir, pbx: asterisktest.Start(t, asterisktest.Options{Files: files})}
	s.database, s.manager = newGate(t, address.Host), newGate(t, s.pbx.AMI().Addr)
	address.Host = s.database.addr()
	s.env = []string{
		asServer + "=yes",
		"PATH=" + os.Getenv("PATH"),
		"ORGPBX_ADDR=127.0.0.1:0",
		"ORGPBX_DATABASE_URL=" + address.String(),
		"ADMIN_PASSWORD=" + adminPassword,
		"ORGPBX_ENCRYPTION_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
		"ORGPBX_ASTERISK_DIR=" + dir,
		"ORGPBX_AMI_ADDR=" + s.manager.addr(),
		"ORGPBX_AMI_USERNAME=" + s.pbx.AMI().Username,
		"ORGPBX_AMI_SECRET=" + s.pbx.AMI().Secret,
		"ORGPBX_SIP_DOMAIN=" + s.pbx.SIPAddr(),
		"ORGPBX_CDR_FILE=" + filepath.Join(s.pbx.CallRecordsDir(), calls.FileName),
		"ORGPBX_DEPLOY_WAIT=20s",
		"ORGPBX_DRIFT_INTERVAL=1h", // a look must not be taken for a deploy
	}
	return s
}

// newDatabase makes a database of its own, also for servers that are killed and
// leave their connections to be found dead, and returns its URL.
func newDatabase(t *testing.T) string {
	t.Helper()
	const variable = "ORGPBX_TEST_POSTGRES_URL"
	given := os.Getenv(variable)
	require.NotEmpty(t, given, "%s is not set: run the tests with `make test`, which starts a Postgres for them", variable)
	address, err := url.Parse(given)
	require.NoError(t, err)
	admin, err := sql.Open("pgx", given)
	require.NoError(t, err)
	name := "test_" + uuid.NewString()
	_, err = admin.ExecContext(t.Context(), `CREATE DATABASE "`+name+`"`)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := admin.Exec(`DROP DATABASE "` + name + `" WITH (FORCE)`)
		require.NoError(t, err)
		require.NoError(t, admin.Close())
	})
	address.Path = "/" + name
	return address.String()
}

// process is a server of the stand.
type process struct {
	*platform
	command *exec.Cmd
}

// start runs a server until the test ends, or until it is killed.
func (s *stand) start(env ...string) *process {
	s.t.Helper()
	p := &process{platform: &platform{t: s.t, pbx: s.pbx}, command: exec.CommandContext(s.t.Context(), os.Args[0])}
	p.command.Env = append(append([]string{}, s.env...), env...)
	p.command.Dir = s.t.TempDir()
	p.command.Stderr = s.t.Output()
	if s.log != nil {
		p.command.Stderr = s.log
	}
	out, err := p.command.StdoutPipe()
	require.NoError(s.t, err)
	require.NoError(s.t, p.command.Start())
	s.t.Cleanup(p.kill)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, address, found := strings.Cut(lines.Text(), "API "); found && strings.HasSuffix(address, "/api/v1") {
			p.url = strings.TrimSuffix(strings.TrimSpace(address), "/api/v1")
			return p
		}
	}
	require.Fail(s.t, "the server did not say where it is")
	return nil
}

// kill ends the server as a power cut would. Killing a dead one does nothing.
func (p *process) kill() {
	_ = p.command.Process.Kill()
	_ = p.command.Wait()
}

// at is the same organisation, whose requests another server gets.
func (o *tenant) at(p *process) *tenant {
	other := *o
	other.platform = p.platform
	return &other
}

// ask sends a request that may fail, and returns the status, or 0 when no
// answer came.
func (o *tenant) ask(ctx context.Context, method, path string, body any) (int, object) {
	payload, err := json.Marshal(body)
	if err != nil {
		return 0, nil
	}
	if body == nil {
		payload = nil
	}
	r, err := http.NewRequestWithContext(ctx, method, o.url+"/api/v1"+path, bytes.NewReader(payload))
	if err != nil {
		return 0, nil
	}
	r.Header.Set("Content-Type", "application/json")
	o.login(r)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = answer.Body.Close() }()
	var got object
	_ = json.NewDecoder(answer.Body).Decode(&got) // a DELETE has none
	return answer.StatusCode, got
}

// person is a user as the API takes one.
func person(extension string) object {
	return object{
		"extension": extension, "username": "user" + extension, "full_name": "Phone " + extension,
		"email": "u" + extension + "@ge.com", "role": "agent",
	}
}

// written are the files of an organisation.
func (s *stand) written(o *tenant) map[string]string {
	s.t.Helper()
	names, err := filepath.Glob(filepath.Join(s.dir, "orgs", o.prefix+".*"))
	require.NoError(s.t, err)
	require.NotEmpty(s.t, names)
	content := map[string]string{}
	for _, name := range names {
		content[filepath.Base(name)] = readFile(s.t, name)
	}
	return content
}

// placeInFile is where Asterisk read a line of the dialplan: it counts the lines
// of all files.
var placeInFile = regexp.MustCompile(`\[[^\]]*:\d+\]`)

// fingerprint is all that there is of an organisation, on the disk and in
// Asterisk.
func (s *stand) fingerprint(o *tenant) map[string]string {
	s.t.Helper()
	all := s.written(o)
	for _, command := range []string{
		"dialplan show " + o.prefix + "-internal", "dialplan show " + o.prefix + "-phones",
		"pjsip show endpoints", "pjsip show aors", "pjsip show auths", "queue show " + o.prefix + "-600",
	} {
		shown, err := s.pbx.CLI(s.t.Context(), command)
		require.NoError(s.t, err)
		var lines []string
		for line := range strings.Lines(shown) {
			if strings.Contains(line, o.prefix) {
				lines = append(lines, placeInFile.ReplaceAllString(line, ""))
			}
		}
		all[command] = strings.Join(lines, "")
	}
	return all
}

// requireWell waits until desired equals applied, without asking for it, and
// then compares the organisation with what is in Asterisk: all of it, once.
func (s *stand) requireWell(o *tenant) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		_, status := o.ask(s.t.Context(), "GET", "/config/status", nil)
		return status["state"] == "applied" && status["desired_revision"] == status["applied_revision"]
	}, faultPatience, 100*time.Millisecond, "desired is not applied")
	require.Empty(s.t, o.api("GET", "/config/plan", nil, http.StatusOK)["changes"])
	users := o.api("GET", "/users?limit=200", nil, http.StatusOK)["items"].([]any)
	shown, err := s.pbx.CLI(s.t.Context(), "pjsip show endpoints")
	require.NoError(s.t, err)
	require.Equal(s.t, len(users), strings.Count(shown, "Endpoint:  "+o.prefix+"-"), "%s", shown)
	extensions, err := s.pbx.CLI(s.t.Context(), "dialplan show "+o.prefix+"-internal")
	require.NoError(s.t, err)
	for _, u := range users {
		extension := u.(object)["extension"].(string)
		require.Equal(s.t, 1, strings.Count(extensions, "'"+extension+"' =>"), "%s", extensions)
		require.Equal(s.t, 1, strings.Count(s.written(o)[o.prefix+".extensions.conf"], "\nexten => "+extension+",1,"))
	}
	left, err := filepath.Glob(filepath.Join(s.dir, "undo", o.prefix+"*"))
	require.NoError(s.t, err)
	require.Empty(s.t, left)
}

// awaitStatus waits until a path of the server answers with a status.
func (p *platform) awaitStatus(t *testing.T, path string, status int) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), faultPatience)
	defer cancel()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path, http.NoBody)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return err
		}
		if err := answer.Body.Close(); err != nil || answer.StatusCode == status {
			return err
		}
	}
}

func fetchText(t *testing.T, address string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return string(text)
}
