package confdir_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

// fakeAsterisk loads the files of a folder when it is told to reload, shows
// what it loaded, and can be told to fail.
type fakeAsterisk struct {
	*asterisktest.FakeAMI
	dir string

	mu      sync.Mutex
	loaded  map[string][]asterisk.Section // by file
	globals map[string]string
	refused map[string]bool // objects it does not take: it keeps the old ones
	// onReload, when set, is asked at each reload and reports whether it has
	// dealt with it.
	onReload func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) bool
}

func newFakeAsterisk(tb testing.TB, dir string) *fakeAsterisk {
	tb.Helper()
	f := &fakeAsterisk{
		FakeAMI: asterisktest.NewFakeAMI(tb),
		dir:     dir,
		loaded:  map[string][]asterisk.Section{},
		globals: map[string]string{},
		refused: map[string]bool{},
	}
	f.Handle("Reload", f.reload)
	f.Handle("Command", f.command)
	f.Handle("ShowDialPlan", f.showDialplan)
	f.Handle("QueueStatus", f.queueStatus)
	f.Handle("VoicemailUserStatus", f.voicemailStatus)
	f.Handle("GetVar", f.getVar)
	f.Handle("Setvar", f.setVar)
	return f
}

// connect returns a connection that lasts as long as the test.
func connect(tb testing.TB, cfg ami.Config) *ami.Conn {
	tb.Helper()
	conn, err := ami.New(cfg)
	require.NoError(tb, err)
	require.NoError(tb, conn.Start(tb.Context()))
	tb.Cleanup(func() { require.NoError(tb, conn.Close()) })
	require.NoError(tb, conn.Ready(tb.Context()))
	return conn
}

func (f *fakeAsterisk) connect(tb testing.TB) *ami.Conn {
	tb.Helper()
	return connect(tb, ami.Config{
		Addr: f.Addr(), Username: asterisktest.FakeAMIUsername, Secret: asterisktest.FakeAMISecret,
		RetryMin: time.Millisecond, RetryMax: 10 * time.Millisecond,
	})
}

// refuse makes Asterisk refuse objects of these names from now on, and no others.
func (f *fakeAsterisk) refuse(names ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.refused)
	for _, name := range names {
		f.refused[name] = true
	}
}

func (f *fakeAsterisk) atReload(do func(*asterisktest.FakeAMISession, asterisktest.FakeAMIAction) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.onReload = do
}

// lose makes Asterisk forget an object, as if somebody had taken it away.
func (f *fakeAsterisk) lose(file, name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loaded[file] = slices.DeleteFunc(f.loaded[file], func(s asterisk.Section) bool { return s.Name == name })
}

// has reports whether an object of that kind and name is loaded.
func (f *fakeAsterisk) has(file, kind, name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, ok := f.find(file, kind, name)
	return ok
}

// reloads returns the modules reloaded so far, in order.
func (f *fakeAsterisk) reloads() []string { return f.asked("Reload", "Module") }

// asked returns one field of all actions of that name so far.
func (f *fakeAsterisk) asked(action, field string) []string {
	var values []string
	for _, a := range f.Actions() {
		if a.Name == action {
			values = append(values, a.Get(field))
		}
	}
	return values
}

func (f *fakeAsterisk) find(file, kind, name string) (asterisk.Section, bool) {
	for _, s := range f.loaded[file] {
		if s.Kind == kind && s.Name == name {
			return s, true
		}
	}
	return asterisk.Section{}, false
}

func (f *fakeAsterisk) reload(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
	f.mu.Lock()
	onReload := f.onReload
	f.mu.Unlock()
	if onReload != nil && onReload(s, a) {
		return
	}
	f.load(map[string]string{
		"res_pjsip.so": "pjsip", "pbx_config.so": "extensions", "app_queue.so": "queues", "app_voicemail.so": "voicemail",
	}[a.Get("Module")])
	s.Reply(a, "Message: Module Reloaded")
}

func (f *fakeAsterisk) load(file string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	paths, _ := filepath.Glob(filepath.Join(f.dir, "orgs", "*."+file+".conf"))
	var sections []asterisk.Section
	for _, path := range paths {
		text, _ := os.ReadFile(path)
		parsed, err := asterisk.ParseFile(file, text)
		if err != nil {
			panic(err)
		}
		for _, section := range parsed.Sections {
			if f.refused[section.Name] {
				var kept bool
				if section, kept = f.find(file, section.Kind, section.Name); !kept {
					continue
				}
			}
			sections = append(sections, section)
			if section.Kind == asterisk.KindGlobals {
				for _, line := range section.Lines {
					f.globals[line.Key] = line.Value
				}
			}
		}
	}
	f.loaded[file] = sections
}

func (f *fakeAsterisk) command(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
	f.mu.Lock()
	defer f.mu.Unlock()
	words := strings.Fields(a.Get("Command")) // pjsip show KIND NAME, or database deltree …
	if words[0] == "database" {
		s.Reply(a, "Message: Command output follows", "Output: Database entries do not exist.")
		return
	}
	section, ok := f.find("pjsip", words[2], words[3])
	if !ok {
		s.Reply(a, "Message: Command output follows", "Output: Unable to find object "+words[3]+".")
		return
	}
	lines := []string{"Message: Command output follows", "Output:  ParameterName : ParameterValue"}
	for _, line := range section.Lines {
		name, value := line.Key, line.Value
		switch name { // what Asterisk shows in another way
		case "allow":
			value = "(" + strings.ReplaceAll(strings.TrimPrefix(value, "!all,"), ",", "|") + ")"
		case "set_var":
			name, value, _ = strings.Cut(value, "=")
		case "match":
			value += "/255.255.255.255"
		}
		lines = append(lines, "Output:  "+name+"   : "+value)
	}
	s.Reply(a, lines...)
}

// list answers with a list of events.
func list(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction, events ...[]string) {
	s.Reply(a, "EventList: start")
	for _, e := range events {
		s.Send(append(e, "ActionID: "+a.ID)...)
	}
	s.Send("Event: "+a.Name+"Complete", "EventList: Complete", "ActionID: "+a.ID)
}

func (f *fakeAsterisk) showDialplan(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
	f.mu.Lock()
	defer f.mu.Unlock()
	context, extension := a.Get("Context"), a.Get("Extension")
	var events [][]string
	known := false
	for _, section := range f.loaded["extensions"] {
		if section.Name != context {
			continue
		}
		known = true
		for _, line := range section.Lines { // number, priority, application(data)
			fields := strings.SplitN(line.Value, ",", 3)
			if extension != "" && extension != fields[0] {
				continue
			}
			application, data, _ := strings.Cut(strings.TrimSuffix(fields[2], ")"), "(")
			events = append(events, []string{
				"Event: ListDialplan", "Context: " + context, "Extension: " + fields[0], "Priority: " + fields[1],
				"Application: " + application, "AppData: " + data, "Registrar: pbx_config",
			})
		}
	}
	if !known || extension != "" && len(events) == 0 {
		s.Refuse(a, "Did not find it")
		return
	}
	list(s, a, events...)
}

func (f *fakeAsterisk) queueStatus(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
	f.mu.Lock()
	defer f.mu.Unlock()
	section, ok := f.find("queues", asterisk.KindQueue, a.Get("Queue"))
	if !ok {
		list(s, a)
		return
	}
	params := []string{"Event: QueueParams", "Queue: " + section.Name}
	var events [][]string
	for _, line := range section.Lines {
		switch line.Key {
		case "strategy":
			params = append(params, "Strategy: "+line.Value)
		case "member":
			fields := strings.Split(line.Value, ",")
			events = append(events, []string{"Event: QueueMember", "Location: " + fields[0], "Membership: static", "Penalty: " + fields[1]})
		}
	}
	list(s, a, append(events, params)...)
}

func (f *fakeAsterisk) voicemailStatus(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
	f.mu.Lock()
	defer f.mu.Unlock()
	section, _ := f.find("voicemail", asterisk.KindMailboxes, a.Get("Context"))
	for _, line := range section.Lines {
		if line.Key == a.Get("Mailbox") {
			fields := strings.Split(line.Value, ",")
			list(s, a, []string{
				"Event: VoicemailUserDetail", "VMContext: " + section.Name, "VoiceMailbox: " + line.Key,
				"Fullname: " + fields[1], "Email: " + fields[2],
			})
			return
		}
	}
	s.Reply(a, "Message: There are no voicemail users currently defined.")
}

func (f *fakeAsterisk) getVar(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s.Reply(a, "Variable: "+a.Get("Variable"), "Value: "+f.globals[a.Get("Variable")])
}

func (f *fakeAsterisk) setVar(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.globals[a.Get("Variable")] = a.Get("Value")
	s.Reply(a, "Message: Variable Set")
}
