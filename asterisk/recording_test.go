package asterisk_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// What the two sides of a call say, in hertz, and a prompt that somebody made
// himself.
const (
	callerPitch = 450
	calledPitch = 1000
	promptPitch = 1600
)

// The ways by which a call is recorded, and those by which it is not.
const (
	didPath      = "+1555010%d001" // to the first phone
	queuePath    = "+1555010%d002" // to the queue, which records
	offDIDPath   = "+1555010%d003" // to the first phone
	offQueuePath = "+1555010%d004" // to a queue that does not record
	bothPath     = "+1555010%d005" // to the queue
	outAgainPath = "+1555010%d006" // out by the route that records
	insidePath   = "2001"          // the queue, dialled by a phone
	routePath    = "+4930"
	offRoutePath = "+4940"
)

// transfers is the organisation whose phones take one call after the other, from
// whoever calls.
const transfers = "transfers"

// recordingPBX is an Asterisk with an organisation for each mode of consent, and
// some in which something is switched off.
type recordingPBX struct {
	*asterisktest.Asterisk
	folder  string // of recordings
	tenants map[string]*recordedTenant
}

type recordedTenant struct {
	prefix  string
	n       int
	carrier *asterisktest.Carrier
	phones  [2]*asterisktest.Phone
	atPhone [2]*arrivals // by who calls
	outside *arrivals    // by who is called
}

// arrivals hands each call that comes in to the test that waits for it.
type arrivals struct {
	mu    sync.Mutex
	calls map[string]chan *asterisktest.Call
}

func sortArrivals(t *testing.T, incoming <-chan *asterisktest.Call, key func(*asterisktest.Call) string) *arrivals {
	t.Helper()
	a := &arrivals{calls: map[string]chan *asterisktest.Call{}}
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	go func() {
		for {
			select {
			case call := <-incoming:
				a.of(key(call)) <- call
			case <-over:
				return
			}
		}
	}()
	return a
}

func (a *arrivals) of(key string) chan *asterisktest.Call {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.calls[key] == nil {
		a.calls[key] = make(chan *asterisktest.Call, 10)
	}
	return a.calls[key]
}

func (a *arrivals) wait(t *testing.T, key string) *asterisktest.Call {
	t.Helper()
	select {
	case call := <-a.of(key):
		return call
	case <-patient(t).Done():
		a.mu.Lock()
		defer a.mu.Unlock()
		require.Fail(t, "no call of "+key+" came in", "of %v", slices.Collect(maps.Keys(a.calls)))
		return nil
	}
}

// startRecording runs an Asterisk with organisations named for what is special
// about them. o has the folders of sounds and recordings.
func startRecording(t *testing.T, host string, o asterisk.BaseOptions, edits map[string]func(*resource.Snapshot)) *recordingPBX {
	t.Helper()
	p := &recordingPBX{folder: o.RecordingsDir, tenants: map[string]*recordedTenant{}}
	var snapshots []resource.Snapshot
	for prefix, edit := range edits {
		n := len(snapshots) + 1
		carrier := asterisktest.NewCarrier(t, asterisktest.CarrierOptions{Host: fmt.Sprintf(host, n)})
		s := recordedSnapshot(prefix, n, carrier)
		edit(&s)
		snapshots = append(snapshots, s)
		p.tenants[prefix] = &recordedTenant{prefix: prefix, n: n, carrier: carrier}
	}
	p.Asterisk = startWith(t, o, nil, snapshots...)
	for _, tenant := range p.tenants {
		tenant.outside = sortArrivals(t, tenant.carrier.Incoming(), (*asterisktest.Call).To)
		caller := (*asterisktest.Call).From
		if tenant.prefix == transfers {
			caller = func(*asterisktest.Call) string { return "" }
		}
		for i := range tenant.phones {
			tenant.phones[i] = (&realPBX{Asterisk: p.Asterisk}).phone(t, tenant.prefix, i+1)
			tenant.atPhone[i] = sortArrivals(t, tenant.phones[i].Incoming(), caller)
		}
	}
	return p
}

// recordedSnapshot has lines that record and lines that do not.
func recordedSnapshot(prefix string, n int, carrier *asterisktest.Carrier) resource.Snapshot {
	s := tenantSnapshot(prefix, n, carrier, carrier)
	s.Trunks = s.Trunks[2:]
	s.Organization.Settings.RecordingEnabled = true
	s.Organization.Settings.Features = org.Features{CallRecording: true, CallTransfer: true}

	s.Queues[0].Members, s.Queues[0].Retry, s.Queues[0].RecordingEnabled = s.Queues[0].Members[1:], 1, true
	off := s.Queues[0].Clone()
	off.ID, off.Name, off.Number, off.RecordingEnabled = "0198f2a3-0000-7000-8000-0000000000b2", "Off", "2002", false
	s.Queues = append(s.Queues, off)

	s.DIDs = nil
	for i, line := range []struct {
		path        string
		kind        resource.DestinationType
		destination string
		recorded    bool
	}{
		{didPath, resource.ToExtension, "1001", true},
		{queuePath, resource.ToQueue, "2001", false},
		{offDIDPath, resource.ToExtension, "1001", false},
		{offQueuePath, resource.ToQueue, "2002", false},
		{bothPath, resource.ToQueue, "2001", true},
		{outAgainPath, resource.ToExternal, routePath + "777", true},
	} {
		d := did(fmt.Sprintf("c%d", i), fmt.Sprintf(line.path, n), peerTrunk, line.kind, line.destination)
		d.RecordingEnabled = line.recorded
		s.DIDs = append(s.DIDs, d)
	}

	s.OutboundRoutes = s.OutboundRoutes[:1]
	s.OutboundRoutes[0].DialPattern, s.OutboundRoutes[0].RecordingEnabled = "_"+routePath+"X.", true
	quiet := s.OutboundRoutes[0]
	quiet.ID, quiet.DialPattern, quiet.RecordingEnabled = "0198f2a5-0000-7000-8000-0000000000d9", "_"+offRoutePath+"X.", false
	s.OutboundRoutes = append(s.OutboundRoutes, quiet)
	return s
}

func consentTo(mode org.Consent) func(*resource.Snapshot) {
	return func(s *resource.Snapshot) { s.Organization.Compliance.RecordingConsent = mode }
}

// conversation is a call of which one side may be asked.
type conversation struct {
	caller, called *asterisktest.Call
	record         func(asterisktest.CallRecord) bool // tells its call records from others
}

// start makes a call by a path. asked gets the side that is asked for consent,
// before the two are connected.
func (p *recordingPBX) start(t *testing.T, tenant *recordedTenant, path string, id int, asked func(*asterisktest.Call)) conversation {
	t.Helper()
	var c conversation
	number := fmt.Sprintf("+155576%05d", id)
	switch path {
	case routePath, offRoutePath:
		dialled := fmt.Sprintf("%s%05d", path, id)
		var err error
		c.caller, err = tenant.phones[0].Dial(dialled)
		require.NoError(t, err)
		c.called = tenant.outside.wait(t, dialled)
		asked(c.called)
		require.NoError(t, c.caller.WaitAnswer(patient(t)))
		c.record = func(r asterisktest.CallRecord) bool { return r["orgpbx_called"] == dialled }
		return c
	case insidePath:
		number = "1001"
		var err error
		c.caller, err = tenant.phones[0].Call(patient(t), path)
		require.NoError(t, err)
	default:
		var err error
		c.caller, err = tenant.carrier.Dial(p.SIPAddr(), asterisktest.InboundCall{From: number, To: fmt.Sprintf(path, tenant.n)})
		require.NoError(t, err)
	}
	asked(c.caller)
	c.record = func(r asterisktest.CallRecord) bool { return r["accountcode"] == tenant.prefix && r["src"] == number }
	arrival := number
	if tenant.prefix == transfers {
		arrival = ""
	}
	switch path {
	case didPath, offDIDPath:
		c.called = tenant.atPhone[0].wait(t, arrival)
	case outAgainPath:
		c.called = tenant.outside.wait(t, routePath+"777")
		// It shows a number of the organisation.
		c.record = func(r asterisktest.CallRecord) bool { return r["orgpbx_called"] == fmt.Sprintf(path, tenant.n) }
	default:
		c.called = tenant.atPhone[1].wait(t, arrival)
	}
	require.NoError(t, c.caller.WaitAnswer(patient(t)))
	return c
}

// talk lets each side hear the other.
func (c conversation) talk(t *testing.T) {
	t.Helper()
	require.True(t, c.caller.Answered())
	speaking, quiet := context.WithCancel(patient(t))
	var voices sync.WaitGroup
	for call, pitch := range map[*asterisktest.Call]float64{c.caller: callerPitch, c.called: calledPitch} {
		voices.Go(func() {
			for speaking.Err() == nil && call.SendTone(speaking, pitch, time.Second) == nil {
			}
		})
	}
	defer voices.Wait()
	defer quiet()
	require.NoError(t, c.caller.HeardTone(patient(t), calledPitch, time.Second))
	require.NoError(t, c.called.HeardTone(patient(t), callerPitch, time.Second))
}

// end hangs up and returns the call record that has the evidence, or any of the
// call when it has none. It is one of the channel that began the call: those that
// a queue makes on its behalf have records of their own.
func (p *recordingPBX) end(t *testing.T, c conversation) asterisktest.CallRecord {
	t.Helper()
	require.NoError(t, c.caller.Hangup(patient(t)))
	require.NoError(t, c.called.WaitDone(patient(t)))
	var found asterisktest.CallRecord
	_, err := p.WaitCallRecords(patient(t), func(records []asterisktest.CallRecord) bool {
		for _, r := range records {
			if c.record(r) && r["uniqueid"] == r["linkedid"] && (found == nil || r["orgpbx_consent"] != "") {
				found = r
			}
		}
		return found != nil
	})
	require.NoError(t, err)
	return found
}

// requireBothSides checks that a recording has what both sides said, and not the
// prompt that came before it.
func (p *recordingPBX) requireBothSides(t *testing.T, prefix, name string) {
	t.Helper()
	require.Regexp(t, `^[0-9.]+\.wav$`, name)
	var samples []int16
	require.Eventually(t, func() bool { // Asterisk may still be writing
		samples = readWAV(t, filepath.Join(p.folder, prefix, name))
		return asterisktest.ToneLength(samples, callerPitch) > 300*time.Millisecond &&
			asterisktest.ToneLength(samples, calledPitch) > 300*time.Millisecond
	}, patience, 20*time.Millisecond, "what both sides said")
	require.Less(t, asterisktest.ToneLength(samples, promptPitch), 100*time.Millisecond, "the prompt comes first")
}

// readWAV reads the samples of a file that Asterisk may still be writing.
func readWAV(t *testing.T, path string) []int16 {
	t.Helper()
	const header = 44
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) || len(text) < header {
		return nil
	}
	require.NoError(t, err)
	samples := make([]int16, (len(text)-header)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(text[header+2*i:]))
	}
	return samples
}

// writeTone writes a prompt that is a second of promptPitch.
func writeTone(t *testing.T, path string) {
	t.Helper()
	const rate = 8000
	samples := asterisktest.Tone(promptPitch, rate)
	text := append([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data"),
		binary.LittleEndian.AppendUint32(nil, 2*rate)...)
	binary.LittleEndian.PutUint32(text[4:], 36+2*rate)
	for _, sample := range samples {
		text = binary.LittleEndian.AppendUint16(text, uint16(sample))
	}
	writeFile(t, path, text)
}

// shipPrompts writes the shipped prompts as a backend does, and returns how each
// is called in a call record.
func shipPrompts(t *testing.T, sounds string) map[string]string {
	t.Helper()
	all, err := asterisk.Prompts()
	require.NoError(t, err)
	evidence := map[string]string{}
	for _, prompt := range all {
		writeFile(t, filepath.Join(sounds, asterisk.PromptsPath, prompt.Name+".wav"), prompt.WAV)
		_, sum, _ := strings.Cut(prompt.Version(), "-")
		evidence[prompt.Name] = asterisk.PromptsPath + "/" + prompt.Name + "@" + sum
	}
	return evidence
}

func TestCallsAreRecordedAsTheModeOfConsentSays(t *testing.T) {
	t.Parallel()
	o := asterisk.BaseOptions{Dir: t.TempDir(), SoundsDir: t.TempDir() + "/with, comma", RecordingsDir: t.TempDir()}
	shipped := shipPrompts(t, o.SoundsDir)
	writeTone(t, filepath.Join(o.SoundsDir, "custom", "recording-opt-out.wav"))
	writeTone(t, filepath.Join(o.SoundsDir, "own", "recording-notice.wav"))
	writeFile(t, filepath.Join(o.SoundsDir, "broken", "recording-notice.wav"), []byte("not a sound"))
	p := startRecording(t, "127.0.7.%d", o, map[string]func(*resource.Snapshot){
		"notice":   consentTo(org.Announcement),
		"external": consentTo(org.ExternalConsent),
		"optout":   consentTo(org.OptOut),
		"optin":    consentTo(org.ExplicitOptIn),
		transfers:  consentTo(org.OptOut),
		"own":      consentTo(org.Announcement),
		"broken":   consentTo(org.Announcement),
		"feature": func(s *resource.Snapshot) {
			s.Organization.Settings.Features.CallRecording = false
		},
		"master": func(s *resource.Snapshot) {
			s.Organization.Settings.RecordingEnabled = false
		},
	})
	const (
		operators = `^custom/recording-opt-out@16044-\d+$`
		own       = `^own/recording-notice@16044-\d+$`
	)
	notice, question := "^"+shipped["recording-notice"]+"$", "^"+shipped["recording-opt-in"]+"$"
	const yes, no = "recorded", "refused"

	tests := []struct {
		prefix, path, keys     string
		consent, prompt, digit string
		choice                 string
	}{
		{"notice", didPath, "", "announcement", notice, "", yes},
		{"notice", queuePath, "", "announcement", notice, "", yes},
		{"notice", insidePath, "", "announcement", notice, "", yes},
		{"notice", routePath, "", "announcement", notice, "", yes},
		{"notice", bothPath, "", "announcement", notice, "", yes},
		{"notice", outAgainPath, "", "announcement", notice, "", yes},
		{"external", didPath, "", "external_consent", "^$", "", yes},
		{"external", queuePath, "", "external_consent", "^$", "", yes},
		{"external", insidePath, "", "external_consent", "^$", "", yes},
		{"external", routePath, "", "external_consent", "^$", "", yes},
		{"external", offDIDPath, "", "", "^$", "", ""},
		{"external", offQueuePath, "", "", "^$", "", ""},
		{"external", offRoutePath, "", "", "^$", "", ""},
		{"optout", didPath, "", "opt_out", operators, "", yes},
		{"optout", didPath, "2", "opt_out", operators, "2", no},
		{"optout", didPath, "1", "opt_out", operators, "1", yes},
		{"optout", queuePath, "2", "opt_out", operators, "2", no},
		{"optout", insidePath, "2", "opt_out", operators, "2", no},
		{"optout", routePath, "2", "opt_out", operators, "2", no},
		{"optout", routePath, "", "opt_out", operators, "", yes},
		{"optin", didPath, "", "explicit_opt_in", question, "", no},
		{"optin", didPath, "1", "explicit_opt_in", question, "1", yes},
		{"optin", didPath, "#", "explicit_opt_in", question, "#", no},
		{"optin", queuePath, "1", "explicit_opt_in", question, "1", yes},
		{"optin", insidePath, "1", "explicit_opt_in", question, "1", yes},
		{"optin", routePath, "1", "explicit_opt_in", question, "1", yes},
		{"optin", routePath, "", "explicit_opt_in", question, "", no},
		{"optin", bothPath, "2", "explicit_opt_in", question, "2", no},
		{"own", didPath, "", "announcement", own, "", yes},
		{"own", routePath, "", "announcement", own, "", yes},
		{"broken", didPath, "", "announcement", notice, "", yes},
		{"feature", didPath, "", "", "^$", "", ""},
		{"feature", queuePath, "", "", "^$", "", ""},
		{"feature", routePath, "", "", "^$", "", ""},
		{"master", didPath, "", "", "^$", "", ""},
		{"master", queuePath, "", "", "^$", "", ""},
		{"master", routePath, "", "", "^$", "", ""},
	}
	recorded := map[string]int{}
	t.Cleanup(func() { // after all calls
		for prefix := range p.tenants {
			files, err := filepath.Glob(filepath.Join(p.folder, prefix, "*"))
			require.NoError(t, err)
			require.Len(t, files, recorded[prefix], "one file for each call of %s that is recorded", prefix)
		}
	})
	for i, test := range tests {
		t.Run(fmt.Sprintf("%s %s %q", test.prefix, test.path, test.keys), func(t *testing.T) {
			if test.choice == yes {
				recorded[test.prefix]++
			}
			t.Parallel()
			c := p.start(t, p.tenants[test.prefix], test.path, i, func(asked *asterisktest.Call) {
				switch test.prompt {
				case "^$":
					return
				case own, operators:
					require.NoError(t, asked.HeardTone(patient(t), promptPitch, 500*time.Millisecond))
				default:
					require.NoError(t, asked.HeardAudio(patient(t), 500*time.Millisecond))
				}
				if test.keys != "" {
					require.NoError(t, asked.SendDTMF(patient(t), test.keys))
				}
			})
			c.talk(t)
			record := p.end(t, c)
			require.Equal(t, test.consent, record["orgpbx_consent"])
			require.Equal(t, test.choice, record["orgpbx_consent_choice"])
			require.Equal(t, test.digit, record["orgpbx_consent_digit"])
			require.Regexp(t, test.prompt, record["orgpbx_consent_prompt"])
			require.Equal(t, test.consent != "", record["orgpbx_consent_at"] != "", "the time is noted where somebody was asked")
			if test.choice == yes {
				p.requireBothSides(t, test.prefix, record["orgpbx_recording"])
				return
			}
			require.Empty(t, record["orgpbx_recording"])
		})
	}
	t.Run("a refusal holds where the call is transferred to", func(t *testing.T) {
		t.Parallel()
		p.requireRefusalHolds(t, didPath, 101, func(c conversation) (left, transferring *asterisktest.Call) {
			return c.caller, c.called
		})
		p.requireRefusalHolds(t, routePath, 102, func(c conversation) (left, transferring *asterisktest.Call) {
			return c.called, c.caller
		})
	})
	t.Run("who hangs up instead of an answer is not recorded", func(t *testing.T) {
		t.Parallel()
		p.requireNothingWithoutAnAnswer(t)
	})
}

// requireRefusalHolds lets a side of a call refuse, hands it on to a queue that
// records, and looks whether it is left alone.
func (p *recordingPBX) requireRefusalHolds(
	t *testing.T, path string, id int, sides func(conversation) (left, transferring *asterisktest.Call),
) {
	t.Helper()
	tenant := p.tenants[transfers]
	c := p.start(t, tenant, path, id, func(asked *asterisktest.Call) {
		require.NoError(t, asked.HeardTone(patient(t), promptPitch, 200*time.Millisecond))
		require.NoError(t, asked.SendDTMF(patient(t), "2"))
	})
	c.talk(t)
	left, transferring := sides(c)
	status, err := transferring.Transfer(patient(t), "sip:"+insidePath+"@"+p.SIPAddr())
	require.NoError(t, err)
	require.Equal(t, 202, status)
	agent := tenant.atPhone[1].wait(t, "")
	require.NoError(t, transferring.Hangup(patient(t)))
	conversation{caller: left, called: agent}.talk(t)
	record := p.end(t, conversation{caller: left, called: agent, record: c.record})
	require.Equal(t, "refused", record["orgpbx_consent_choice"])
	require.Empty(t, record["orgpbx_recording"])
}

func (p *recordingPBX) requireNothingWithoutAnAnswer(t *testing.T) {
	t.Helper()
	const number = "+15557700001"
	tenant := p.tenants["optin"]
	call, err := tenant.carrier.Call(patient(t), p.SIPAddr(), asterisktest.InboundCall{From: number, To: fmt.Sprintf(didPath, tenant.n)})
	require.NoError(t, err)
	require.NoError(t, call.HeardAudio(patient(t), 200*time.Millisecond))
	require.NoError(t, call.Hangup(patient(t)))
	var record asterisktest.CallRecord
	_, err = p.WaitCallRecords(patient(t), func(records []asterisktest.CallRecord) bool {
		i := slices.IndexFunc(records, func(r asterisktest.CallRecord) bool { return r["src"] == number })
		if i >= 0 {
			record = records[i]
		}
		return i >= 0
	})
	require.NoError(t, err)
	require.Equal(t, "explicit_opt_in", record["orgpbx_consent"])
	require.Empty(t, record["orgpbx_consent_choice"])
	require.Empty(t, record["orgpbx_recording"])
	require.Empty(t, tenant.atPhone[0].of(number), "the phone did not ring")
}

// Nothing of ours is there, and recordings cannot be written either.
func TestWhatIsMissingEndsNoCall(t *testing.T) {
	t.Parallel()
	obstacle := filepath.Join(t.TempDir(), "file")
	writeFile(t, obstacle, nil)
	o := asterisk.BaseOptions{Dir: t.TempDir(), SoundsDir: t.TempDir(), RecordingsDir: obstacle + "/recordings"}
	p := startRecording(t, "127.0.8.%d", o, map[string]func(*resource.Snapshot){
		"notice": consentTo(org.Announcement),
		"optout": consentTo(org.OptOut),
		"optin":  consentTo(org.ExplicitOptIn),
	})
	for i, test := range []struct{ prefix, path, prompt, choice string }{
		{"notice", didPath, "asterisk/conf-now-recording", "recorded"},
		{"notice", routePath, "asterisk/conf-now-recording", "recorded"},
		{"optout", didPath, "", "unannounced"},
		{"optout", routePath, "", "unannounced"},
		{"optin", queuePath, "", "unannounced"},
	} {
		t.Run(test.prefix+" "+test.path, func(t *testing.T) {
			t.Parallel()
			c := p.start(t, p.tenants[test.prefix], test.path, i, func(asked *asterisktest.Call) {
				require.NoError(t, asked.HeardAudio(patient(t), 100*time.Millisecond), "never silence alone")
			})
			c.talk(t)
			record := p.end(t, c)
			require.Equal(t, test.prompt, record["orgpbx_consent_prompt"])
			require.Equal(t, test.choice, record["orgpbx_consent_choice"])
			require.Equal(t, test.choice == "recorded", record["orgpbx_recording"] != "")
			require.Contains(t, p.Log(), "in "+o.SoundsDir, "a warning for the operator")
		})
	}
}

func TestAnEmergencyCallIsNeitherAskedNorRecorded(t *testing.T) {
	t.Parallel()
	o := asterisk.BaseOptions{Dir: t.TempDir(), RecordingsDir: t.TempDir()}
	p := startRecording(t, "127.0.9.%d", o, map[string]func(*resource.Snapshot){"external": consentTo(org.ExternalConsent)})
	// A variable that a channel does not have is the global one of that name.
	_, err := p.CLI(patient(t), "dialplan set global ORGPBX_EMERGENCY 1")
	require.NoError(t, err)
	c := p.start(t, p.tenants["external"], routePath, 1, func(*asterisktest.Call) {})
	c.talk(t)
	require.Empty(t, p.end(t, c)["orgpbx_consent"])
	require.NoDirExists(t, filepath.Join(o.RecordingsDir, "external"))
}
