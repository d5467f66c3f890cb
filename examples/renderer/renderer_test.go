package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/asterisk/live"
	"github.com/orgpbx/orgpbx/org"
)

const key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

type object = map[string]any

// TestTheRendererFollowsAServerThatIsAnotherProcess has the server write to a
// database, and an Asterisk of which it knows nothing.
func TestTheRendererFollowsAServerThatIsAnotherProcess(t *testing.T) {
	t.Parallel()
	pbx := preparedAsterisk(t)
	database := "sqlite:" + filepath.Join(t.TempDir(), "orgpbx.db")
	api := startServer(t, database)
	created := api.call("POST", "/organizations", object{
		"name": "Followed", "contact_info": object{"email": "manager@ge.com", "phone": "+919944421125"},
	}, nil)
	login := func(r *http.Request) {
		r.Header.Set("X-API-Key", created["api_key"].(string))
		r.Header.Set("X-API-Secret", created["api_secret"].(string))
	}
	user := func(extension string) object {
		return api.call("POST", "/users", object{
			"extension": extension, "username": "user" + extension, "full_name": "Phone", "email": "u@ge.com", "role": "agent",
		}, login)
	}
	has := func(user object, there bool) {
		t.Helper()
		require.Eventually(t, func() bool {
			out, err := pbx.CLI(t.Context(), "pjsip show endpoint "+user["sip_username"].(string))
			return err == nil && strings.Contains(out, "Unable to find object") != there
		}, time.Minute, 50*time.Millisecond)
	}

	first := user("1001")
	stop := startRenderer(t, pbx, database)
	has(first, true)
	second := user("1002")
	has(second, true)
	phones := map[string]*asterisktest.Phone{}
	for _, u := range []object{first, second} {
		phones[u["extension"].(string)] = asterisktest.NewPhone(t, asterisktest.PhoneOptions{
			Asterisk: pbx.SIPAddr(), Username: u["sip_username"].(string), Password: u["sip_password"].(string),
		})
		require.NoError(t, phones[u["extension"].(string)].Register(patience(t)))
	}
	require.Eventually(t, func() bool { // the dialplan follows the endpoint
		out, err := pbx.CLI(t.Context(), "dialplan show 1002@"+created["context_prefix"].(string)+"-internal")
		return err == nil && strings.Contains(out, second["sip_username"].(string))
	}, time.Minute, 50*time.Millisecond)
	call, err := phones["1001"].Call(patience(t), "1002")
	require.NoError(t, err)
	require.True(t, call.Answered(), "%d %s", call.StatusCode(), call.Reason())
	require.NoError(t, call.Hangup(patience(t)))

	pbx.Kill()
	third := user("1003")
	pbx.Boot()
	has(third, true)

	stop()
	fourth := user("1004")
	other := api.call("POST", "/organizations", object{
		"name": "Another", "contact_info": object{"email": "manager@ge.com", "phone": "+919944421125"},
	}, nil)
	stop = startRenderer(t, pbx, database)
	has(fourth, true)
	stop()
	api.call("DELETE", "/organizations/"+created["id"].(string), nil, nil)
	startRenderer(t, pbx, database)
	has(first, false)
	require.Eventually(t, func() bool {
		out, err := pbx.CLI(t.Context(), "dialplan show")
		return err == nil && !strings.Contains(out, created["context_prefix"].(string)) && strings.Contains(out, other["context_prefix"].(string))
	}, time.Minute, 50*time.Millisecond)
}

// preparedAsterisk is set up as for the server's ORGPBX_PBX=live.
func preparedAsterisk(t *testing.T) *asterisktest.Asterisk {
	t.Helper()
	pbx := asterisktest.Start(t, asterisktest.Options{Files: map[string]string{"orgpbx/README": "Generated files.\n"}})
	conn, err := ami.New(ami.Config{Addr: pbx.AMI().Addr, Username: pbx.AMI().Username, Secret: pbx.AMI().Secret})
	require.NoError(t, err)
	require.NoError(t, conn.Start(t.Context()))
	require.NoError(t, conn.Ready(patience(t)))
	p, err := live.New(live.Config{AMI: conn})
	require.NoError(t, err)
	_, err = p.Install(t.Context())
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	pbx.Restart()
	return pbx
}

// startRenderer runs the renderer until the test ends or stop is called.
func startRenderer(t *testing.T, pbx *asterisktest.Asterisk, database string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, Settings{
			DatabaseURL: database, EncryptionKey: key, LogFormat: "text",
			AMIAddr: pbx.AMI().Addr, AMIUsername: pbx.AMI().Username, AMISecret: org.Secret(pbx.AMI().Secret),
		})
	}()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
	}
	t.Cleanup(stop)
	return stop
}

// api is a server process.
type api struct {
	t   *testing.T
	url string
}

func startServer(t *testing.T, database string) api {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "server")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../server").CombinedOutput()
	require.NoError(t, err, "%s", out)
	ctx, stop := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, binary, "--addr", "127.0.0.1:0", "--pbx", "none", "--database-url", database,
		"--admin-password", "password-of-the-test", "--encryption-key", key)
	command.Dir = t.TempDir()
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		stop()
		var killed *exec.ExitError
		if err := command.Wait(); err != nil && !errors.As(err, &killed) {
			require.NoError(t, err)
		}
	})
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) == 2 && fields[0] == "API" {
			return api{t, fields[1]}
		}
	}
	require.FailNow(t, "the server did not say where its API is")
	return api{}
}

// call is made by the administrator where nobody else logs in.
func (a api) call(method, path string, body object, login func(*http.Request)) object {
	a.t.Helper()
	text, err := json.Marshal(body)
	require.NoError(a.t, err)
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.url+path, bytes.NewReader(text))
	require.NoError(a.t, err)
	req.Header.Set("Content-Type", "application/json")
	if login == nil {
		req.SetBasicAuth("admin", "password-of-the-test")
	} else {
		login(req)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(a.t, err)
	text, err = io.ReadAll(res.Body)
	require.NoError(a.t, err)
	require.NoError(a.t, res.Body.Close())
	require.Less(a.t, res.StatusCode, 300, "%s %s: %s", method, path, text)
	var answer object
	if len(text) > 0 {
		require.NoError(a.t, json.Unmarshal(text, &answer))
	}
	return answer
}

// patience bounds one step of a call.
func patience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}
