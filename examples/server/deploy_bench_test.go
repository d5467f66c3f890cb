package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

const (
	usersEach, queuesEach = 50, 10
	// repetitions bound a figure, and budget the time for one: at 1,000
	// organisations one reload of res_pjsip alone takes minutes.
	repetitions = 200
	budget      = 2 * time.Minute
)

// BenchmarkDeploy prints how long a change takes from the HTTP request to the
// answer, which comes after Asterisk was seen to have it, on one Asterisk with
// 1, 100 and 1,000 organisations of 50 users and 10 queues. ORGS=1,100 chooses
// others. Beside it is the way of files and reloads; BACKENDS=live does without,
// because that takes hours at 1,000.
func BenchmarkDeploy(b *testing.B) {
	sizes := os.Getenv("ORGS")
	if sizes == "" {
		sizes = "1,100,1000"
	}
	table := [][]string{{"organisations", "backend", "first deploy", "its CPU, Asterisk", "server", "quiet after", "change", "n", "least", "p50", "p99", "server's memory"}}
	for b.Loop() {
		for size := range strings.SplitSeq(sizes, ",") {
			organizations, err := strconv.Atoi(strings.TrimSpace(size))
			require.NoError(b, err, "ORGS")
			for _, way := range ways(b) {
				b.Run(fmt.Sprintf("%d organisations %T", organizations, way), func(b *testing.B) {
					table = append(table, measureDeploys(b, way, organizations)...)
				})
			}
		}
	}
	for _, row := range table {
		_, err := fmt.Fprintf(os.Stdout, "%-14s%-14s%-14s%-19s%-10s%-13s%-12s%-5s%-10s%-10s%-10s%s\n", toAny(row)...)
		require.NoError(b, err)
	}
}

func ways(b *testing.B) []backend {
	b.Helper()
	switch os.Getenv("BACKENDS") {
	case "live":
		return []backend{newLive(b)}
	case "files":
		return []backend{newFiles(b)}
	default:
		return []backend{newLive(b), newFiles(b)}
	}
}

func toAny(row []string) []any {
	cells := make([]any, len(row))
	for i, cell := range row {
		cells[i] = cell
	}
	return cells
}

// measured is the server beside an Asterisk that has all organisations.
type measured struct {
	b           *testing.B
	url         string
	org         org.Organization
	key, secret string
	trunk       string
}

func measureDeploys(b *testing.B, way backend, organizations int) (rows [][]string) {
	b.Helper()
	pbx := asterisktest.Start(b, asterisktest.Options{Files: way.asteriskFiles()})
	settings := settingsFor(pbx, "sqlite:"+filepath.Join(b.TempDir(), "orgpbx.db"))
	way.choose(&settings)
	settings.DriftInterval = time.Hour // what is compared meanwhile has nothing to do with a change
	s, err := open(b.Context(), settings, io.Discard)
	require.NoError(b, err)
	s.log = slog.New(slog.DiscardHandler)
	m := &measured{b: b, url: "http://" + s.listener.Addr().String()}
	for i := range organizations {
		m.seed(s, i)
	}
	asteriskBefore, serverBefore := cpuTimes(b, pbx)
	began := time.Now()
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- s.run(ctx) }()
	m.awaitAllApplied(s)
	first := time.Since(began)
	asteriskAfter, serverAfter := cpuTimes(b, pbx)
	awaitQuiet(b, pbx)
	quiet := time.Since(began)
	for _, change := range []string{"user", "limit", "suspension", "did", "queue"} {
		var took []time.Duration
		for end := time.Now().Add(budget); len(took) < repetitions && (len(took) == 0 || time.Now().Before(end)); {
			took = append(took, m.change(change, len(took)))
		}
		slices.Sort(took)
		rows = append(rows, []string{
			strconv.Itoa(organizations), strings.TrimPrefix(fmt.Sprintf("%T", way), "main."), first.Round(10 * time.Millisecond).String(),
			(asteriskAfter - asteriskBefore).String(), (serverAfter - serverBefore).String(),
			quiet.Round(time.Second).String(), change,
			strconv.Itoa(len(took)), round(took[0]), round(took[len(took)/2]), round(took[len(took)*99/100]), memoryOf(b),
		})
	}
	stop()
	require.NoError(b, <-done)
	return rows
}

// cpuTimes are what Asterisk, and this process, the server and the benchmark in
// one, have taken of the CPUs.
func cpuTimes(b *testing.B, pbx *asterisktest.Asterisk) (asterisk, server time.Duration) {
	b.Helper()
	asterisk, err := pbx.CPUTime()
	require.NoError(b, err)
	server, err = asterisktest.CPUTimeOf(os.Getpid())
	require.NoError(b, err)
	return asterisk, server
}

// awaitQuiet waits until Asterisk does nothing more, as one that has its
// organisations for long: app_queue looks through its members for minutes after
// a first deploy of many.
func awaitQuiet(b *testing.B, pbx *asterisktest.Asterisk) {
	b.Helper()
	const look = 2 * time.Second
	poll := time.NewTicker(look)
	defer poll.Stop()
	before, err := pbx.CPUTime()
	require.NoError(b, err)
	for range poll.C {
		now, err := pbx.CPUTime()
		require.NoError(b, err)
		if now-before < look/20 {
			return
		}
		before = now
	}
}

func round(d time.Duration) string { return d.Round(100 * time.Microsecond).String() }

// seed writes an organisation to the store, as a server that is there already
// would have it; nothing is deployed yet.
func (m *measured) seed(s *server, i int) {
	m.b.Helper()
	orgs, resources := org.New(s.store, org.Options{}), resource.New(s.store, resource.Options{})
	profile, err := orgs.Draft(org.Hotel)
	require.NoError(m.b, err)
	profile.Name = fmt.Sprintf("Organisation %d", i)
	profile.Contact.Email = "manager@ge.com"
	for _, kind := range []*limits.Limit{&profile.Settings.MaxUsers, &profile.Settings.MaxDIDs, &profile.Settings.MaxQueues} {
		*kind = limits.Unlimited()
	}
	o, secret, err := orgs.Create(m.b.Context(), profile)
	require.NoError(m.b, err)
	trunk := resource.TrunkDefaults()
	trunk.Name, trunk.Type, trunk.Host = "Carrier", resource.PeerToPeerTrunk, "127.0.0.9"
	trunk, err = resources.Trunks().Create(m.b.Context(), o.ID, trunk)
	require.NoError(m.b, err)
	var members []resource.QueueMember
	for n := range usersEach {
		u, _, err := resources.Users().Create(m.b.Context(), o.ID, resource.User{
			Extension: strconv.Itoa(1000 + n), FullName: fmt.Sprintf("User %d", n), Role: "agent", RingTarget: resource.RingExtension,
		})
		require.NoError(m.b, err)
		members = append(members, resource.QueueMember{UserID: u.ID})
	}
	for n := range queuesEach {
		queue := resource.QueueDefaults()
		queue.Name, queue.Number, queue.Members = fmt.Sprintf("Queue %d", n), strconv.Itoa(600+n), members[n*5:n*5+5]
		_, err := resources.Queues().Create(m.b.Context(), o.ID, queue)
		require.NoError(m.b, err)
	}
	if i == 0 {
		m.org, m.key, m.secret, m.trunk = o, o.APIKey, secret.Reveal(), trunk.ID
	}
}

func (m *measured) awaitAllApplied(s *server) {
	m.b.Helper()
	poll := time.NewTicker(200 * time.Millisecond)
	defer poll.Stop()
	for range poll.C {
		behind, err := s.store.Unapplied(m.b.Context(), "", 1)
		require.NoError(m.b, err)
		if len(behind) == 0 {
			return
		}
	}
}

// change makes one change and returns how long it took until Asterisk had it.
// Afterwards all is as before.
func (m *measured) change(what string, n int) time.Duration {
	m.b.Helper()
	organization := "/organizations/" + m.org.ID
	switch what {
	case "user":
		took, user := m.live("POST", "/users", object{
			"extension": "2000", "username": fmt.Sprintf("new%d", n), "full_name": "New", "email": "new@ge.com", "role": "agent",
		})
		m.live("DELETE", "/users/"+user["id"].(string), nil)
		return took
	case "did":
		took, did := m.live("POST", "/dids", object{
			"number": "+919944421125", "trunk_id": m.trunk, "routing_type": "extension", "routing_destination": "1000",
		})
		m.live("DELETE", "/dids/"+did["id"].(string), nil)
		return took
	case "queue":
		took, queue := m.live("POST", "/queues", object{"name": "New", "number": "700"})
		m.live("DELETE", "/queues/"+queue["id"].(string), nil)
		return took
	case "limit":
		took, _ := m.live("PATCH", organization, object{"limits": object{"concurrent_calls": 10 + n}})
		return took
	default:
		took, _ := m.live("PATCH", organization, object{"status": "suspended"})
		m.live("PATCH", organization, object{"status": "active"})
		return took
	}
}

// live sends a request and waits until the organisation is applied, which the
// answer says as a rule.
func (m *measured) live(method, path string, body object) (time.Duration, object) {
	m.b.Helper()
	began := time.Now()
	answer := m.send(method, path, body)
	config, ok := answer["config"].(object)
	for !ok || config["state"] != "applied" {
		config, ok = m.send("GET", "/organizations/"+m.org.ID, nil)["config"].(object)
	}
	return time.Since(began), answer
}

func (m *measured) send(method, path string, body object) object {
	m.b.Helper()
	text, err := json.Marshal(body)
	require.NoError(m.b, err)
	req, err := http.NewRequestWithContext(m.b.Context(), method, m.url+"/api/v1"+path, strings.NewReader(string(text)))
	require.NoError(m.b, err)
	if strings.HasPrefix(path, "/organizations") {
		req.SetBasicAuth("admin", adminPassword)
	} else {
		req.Header.Set("X-API-Key", m.key)
		req.Header.Set("X-API-Secret", m.secret)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	require.NoError(m.b, err)
	text, err = io.ReadAll(res.Body)
	require.NoError(m.b, err)
	require.NoError(m.b, res.Body.Close())
	require.Less(m.b, res.StatusCode, 300, "%s", text)
	var answer object
	if len(text) > 0 {
		require.NoError(m.b, json.Unmarshal(text, &answer))
	}
	return answer
}

// memoryOf is the most memory that this process, the server and the benchmark in
// one, has had.
func memoryOf(b *testing.B) string {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(b, err)
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}
