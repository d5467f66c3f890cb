package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// `make load` goes on for longer, and restarts the database, which the other tests
// need.
var (
	loadFor = flag.Duration("load", 4*time.Second, "how long the clients go on, before and after the database is gone")
	restart = flag.Bool("restart", false, "restart the database of all tests, instead of keeping everybody off it")
)

// TestEverythingAcknowledgedIsThereAfterTheDatabaseWasGone has many clients at work
// while the database ends its connections, as one that is shut down does, lets nobody
// in, is away, and comes back. Whatever they were promised is there afterwards, and
// whatever they were refused came with the time to try again.
func TestEverythingAcknowledgedIsThereAfterTheDatabaseWasGone(t *testing.T) {
	t.Parallel()
	const organizations, clientsOfEach = 20, 10
	database := newDatabase(t)
	address, err := url.Parse(database)
	require.NoError(t, err)
	door := newGate(t, address.Host)
	address.Host = door.addr()
	p := &platform{t: t}
	s := startServer(t, Settings{
		Addr: "127.0.0.1:0", DatabaseURL: address.String(), AdminUsername: "admin", AdminPassword: adminPassword,
		EncryptionKey: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", PBX: "none", LogFormat: "text",
		DriftInterval: time.Minute, CDRInterval: time.Minute, UsageInterval: time.Minute, DeployWait: 20 * time.Second,
	}, io.Discard)
	p.url = "http://" + s.listener.Addr().String()
	tenants := make([]*tenant, organizations)
	for i := range tenants {
		tenants[i] = p.create(fmt.Sprintf("Organisation %d", i))
		tenants[i].update(object{"settings": object{"max_users": 1_000_000}})
	}

	l := load{t: t, transport: &http.Transport{MaxIdleConnsPerHost: organizations * clientsOfEach}}
	t.Cleanup(l.transport.CloseIdleConnections)
	var working sync.WaitGroup
	for _, o := range tenants {
		for range clientsOfEach {
			working.Go(func() { l.work(o) })
		}
	}
	l.awaitMore(time.Now().Add(*loadFor))
	if *restart {
		out, err := exec.CommandContext(t.Context(), "bash", "-c", os.Getenv("ORGPBX_TEST_POSTGRES_RESTART")).CombinedOutput()
		require.NoError(t, err, "%s", out)
	} else {
		outage(t, database, door, l.awaitRefusals)
	}
	l.awaitMore(time.Now().Add(*loadFor))
	l.over.Store(true)
	working.Wait()

	t.Logf("%d clients: %d users made, %d requests refused with 503", organizations*clientsOfEach, l.made.Load(), l.refused.Load())
	for _, o := range tenants {
		there := map[string]bool{}
		for path := "/users?limit=200"; path != ""; {
			page := o.api("GET", path, nil, http.StatusOK)
			for _, u := range page["items"].([]any) {
				there[u.(object)["id"].(string)] = true
			}
			path = ""
			if next, _ := page["next_cursor"].(string); next != "" {
				path = "/users?limit=200&cursor=" + url.QueryEscape(next)
			}
		}
		for _, id := range l.acknowledged(o.id) {
			require.True(t, there[id], "a user was promised and is not there")
		}
	}
}

// load is what many clients did.
type load struct {
	t             *testing.T
	transport     *http.Transport
	over          atomic.Bool
	made, refused atomic.Int64
	names         atomic.Int64

	mu    sync.Mutex
	users map[string][]string // acknowledged, of each organisation
}

func (l *load) acknowledged(organizationID string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.users[organizationID]
}

// awaitMore waits until users are made again, and until a time.
func (l *load) awaitMore(until time.Time) {
	before := l.made.Load()
	require.Eventually(l.t, func() bool { return l.made.Load() > before+1 && time.Now().After(until) }, faultPatience, 10*time.Millisecond)
}

// awaitRefusals waits until some more were told to come again.
func (l *load) awaitRefusals() {
	before := l.refused.Load()
	require.Eventually(l.t, func() bool { return l.refused.Load() > before+20 }, faultPatience, 10*time.Millisecond)
}

// work makes users, one after the other.
func (l *load) work(o *tenant) {
	for !l.over.Load() && !l.t.Failed() {
		n := l.names.Add(1)
		body := fmt.Sprintf(`{"extension":"%06d","username":"u%d"}`, n, n)
		r, err := http.NewRequestWithContext(l.t.Context(), http.MethodPost, o.url+"/api/v1/users", strings.NewReader(body))
		if err != nil {
			l.t.Error(err)
			return
		}
		r.Header.Set("Content-Type", "application/json")
		o.login(r)
		answer, err := l.transport.RoundTrip(r)
		if err != nil {
			l.t.Error("no answer: ", err)
			return
		}
		text, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		switch {
		case err != nil:
			l.t.Error(err)
		case answer.StatusCode == http.StatusCreated:
			l.note(o.id, text)
		case answer.StatusCode == http.StatusServiceUnavailable && answer.Header.Get("Retry-After") != "":
			l.refused.Add(1)
		default:
			l.t.Errorf("%d %v %s", answer.StatusCode, answer.Header, text)
		}
	}
}

func (l *load) note(organizationID string, answer []byte) {
	var user struct {
		ID string `json:"id"`
	}
	if err := json.NewDecoder(bytes.NewReader(answer)).Decode(&user); err != nil {
		l.t.Error(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.users == nil {
		l.users = map[string][]string{}
	}
	l.users[organizationID] = append(l.users[organizationID], user.ID)
	l.made.Add(1)
}

// outage ends every connection to a database as a shutdown does, refuses new ones as
// a database that is starting does, and then has nobody listen at all, each for as
// long as wait takes.
func outage(t *testing.T, database string, door *gate, wait func()) {
	t.Helper()
	address, err := url.Parse(database)
	require.NoError(t, err)
	name := strings.TrimPrefix(address.Path, "/")
	address.Path = "/postgres"
	admin, err := sql.Open("pgx", address.String())
	require.NoError(t, err)
	run := func(statement string, args ...any) {
		_, err := admin.ExecContext(t.Context(), statement, args...)
		require.NoError(t, err)
	}
	run(`ALTER DATABASE "` + name + `" ALLOW_CONNECTIONS false`)
	run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
	require.Eventually(t, func() bool {
		var left int
		err := admin.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = $1", name).Scan(&left)
		return err == nil && left == 0
	}, faultPatience, 10*time.Millisecond)
	wait()
	door.cut()
	wait()
	run(`ALTER DATABASE "` + name + `" ALLOW_CONNECTIONS true`)
	door.mend()
	require.NoError(t, admin.Close())
}
