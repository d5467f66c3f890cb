package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/calls"
	"github.com/orgpbx/orgpbx/asterisk/fleet"
	"github.com/orgpbx/orgpbx/asterisk/live"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/store/s3"
)

// nodeSettings say how to reach one Asterisk.
type nodeSettings struct {
	name     string // "" where there is one
	setting  string // names it in errors
	addr     string
	username string
	secret   org.Secret
	cdrFile  string
	// sipDomain is where phones register whose organisation is on it; that of
	// ORGPBX_SIP_DOMAIN when "".
	sipDomain resource.SIPDomain
	// voicemailDir and queueLogDir are its folders as this server sees them, "" where
	// it does not.
	voicemailDir, queueLogDir string
}

// nodeOptions are what may be said of a node beside its address.
var nodeOptions = []string{"cdr_file", "sip_domain", "voicemail_dir", "queue_log_dir"}

var nodeName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// asterisks are those of the settings: the nodes, or the one of ORGPBX_AMI_ADDR,
// or none.
func (s Settings) asterisks() ([]nodeSettings, error) {
	if len(s.Nodes) == 0 {
		if s.AMIAddr == "" {
			return nil, nil
		}
		return []nodeSettings{{
			setting: "ORGPBX_AMI_ADDR", addr: s.AMIAddr, username: s.AMIUsername, secret: s.AMISecret, cdrFile: s.CDRFile,
		}}, nil
	}
	if s.PBX != "live" || s.AMIAddr != "" || s.CDRFile != "" {
		return nil, errors.New("ORGPBX_NODES (--nodes): is for ORGPBX_PBX=live, and takes the place of ORGPBX_AMI_ADDR and ORGPBX_CDR_FILE")
	}
	var nodes []nodeSettings
	for i, text := range s.Nodes {
		n, err := parseNode(text.Reveal())
		if err != nil {
			return nil, fmt.Errorf("ORGPBX_NODES (--nodes): number %d %w", i+1, err)
		}
		if slices.ContainsFunc(nodes, func(o nodeSettings) bool { return o.name == n.name }) {
			return nil, fmt.Errorf("ORGPBX_NODES (--nodes): %s is there twice", n.name)
		}
		if n.voicemailDir != "" && s.VoicemailDir != "" || n.queueLogDir != "" && s.QueueLogDir != "" {
			return nil, errors.New("ORGPBX_NODES (--nodes): voicemail_dir and queue_log_dir take the place of ORGPBX_VOICEMAIL_DIR and ORGPBX_QUEUE_LOG_DIR")
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

// parseNode reads name=ami://user:secret@host:port?option=value&…. Its errors
// repeat nothing, since a secret may stand anywhere.
func parseNode(text string) (nodeSettings, error) {
	name, address, named := strings.Cut(strings.TrimSpace(text), "=")
	if !named || !nodeName.MatchString(name) {
		return nodeSettings{}, errors.New("must begin with a name of small letters, digits and -, and =")
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "ami" || u.User == nil || u.Path != "" || u.Fragment != "" {
		return nodeSettings{}, fmt.Errorf("must be %s=ami://USER:SECRET@HOST:PORT, with %%XX for what has a meaning in it", name)
	}
	host, port, err := net.SplitHostPort(u.Host)
	secret, given := u.User.Password()
	if err != nil || host == "" || port == "" || u.User.Username() == "" || !given || secret == "" {
		return nodeSettings{}, fmt.Errorf("must be %s=ami://USER:SECRET@HOST:PORT, with all four", name)
	}
	options, err := url.ParseQuery(u.RawQuery)
	for option := range options {
		if !slices.Contains(nodeOptions, option) {
			err = errors.New("unknown")
		}
	}
	if err != nil {
		return nodeSettings{}, fmt.Errorf("has an option other than %s: %s", strings.Join(nodeOptions, ", "), name)
	}
	n := nodeSettings{
		name: name, setting: "ORGPBX_NODES: " + name, addr: u.Host,
		username: u.User.Username(), secret: org.Secret(secret), cdrFile: options.Get("cdr_file"),
		sipDomain:    resource.SIPDomain(options.Get("sip_domain")),
		voicemailDir: options.Get("voicemail_dir"), queueLogDir: options.Get("queue_log_dir"),
	}
	if options.Has("sip_domain") {
		if err := n.sipDomain.Check(); err != nil {
			return nodeSettings{}, fmt.Errorf("%s: sip_domain %w", name, err)
		}
	}
	return n, nil
}

func (n nodeSettings) manager() ami.Config {
	return ami.Config{Addr: n.addr, Username: n.username, Secret: n.secret.Reveal()}
}

// node is an Asterisk of this server.
type node struct {
	nodeSettings
	conn *ami.Conn
	pbx  *live.PBX // nil unless ORGPBX_PBX=live
	// connected holds one: the connection came up since somebody looked.
	connected chan struct{}
}

// openNodes makes the manager connections of the settings, and what reads the
// records of calls. They are connected, and kept up, once the server runs.
func (s *server) openNodes(settings Settings) error {
	nodes, err := settings.asterisks()
	if err != nil {
		return err
	}
	if len(nodes) == 0 {
		s.feeds = []*calls.Feed{s.newFeed(settings, settings.CDRFile)}
	}
	for _, n := range nodes {
		if err := s.openNode(settings, n); err != nil {
			return fmt.Errorf("%s: %w", n.setting, err)
		}
	}
	return nil
}

func (s *server) openNode(settings Settings, n nodeSettings) error {
	feed, connected := s.newFeed(settings, n.cdrFile), make(chan struct{}, 1)
	config := n.manager()
	config.Logger = s.log
	if n.name != "" {
		config.Logger = s.log.With("node", n.name)
	}
	config.OnEvent, config.Events = feed.Event, feed.Events()
	config.OnReady = func() {
		feed.Ready()
		s.deployer.Reconnected() // it is there before the connection starts
		select {
		case connected <- struct{}{}:
		default:
		}
	}
	conn, err := ami.New(config)
	if err != nil {
		return err
	}
	s.feeds = append(s.feeds, feed)
	s.nodes = append(s.nodes, &node{nodeSettings: n, conn: conn, connected: connected})
	return nil
}

// openLive returns the PBX over AMI: that of one Asterisk, or a fleet.
func (s *server) openLive(settings Settings) (resource.PBX, error) {
	var members []fleet.Node
	var nodes []nodeSettings
	for _, n := range s.nodes {
		// Its folders are on Asterisk's machine.
		pbx, err := live.New(live.Config{AMI: n.conn, RecordingsDir: settings.RecordingsDir, Logger: s.log})
		if err != nil {
			return nil, fmt.Errorf("ORGPBX_RECORDINGS_DIR: %w", err)
		}
		n.pbx = pbx
		members = append(members, fleet.Node{
			Name: n.name, PBX: pbx, Calls: pbx.Calls, Has: pbx.Has, Switches: pbx, LookAtMailboxes: pbx.LookAtMailboxes,
		})
		nodes = append(nodes, n.nodeSettings)
	}
	if len(settings.Nodes) == 0 {
		return s.nodes[0].pbx, nil
	}
	voicemail, _ := dirsOf(nodes, "", nodeSettings.ofVoicemail)
	return fleet.New(members, s.store, fleet.Options{Voicemail: mailboxesOf(voicemail)})
}

// openCalls makes what keeps the records of calls.
func (s *server) openCalls(settings Settings) error {
	options := cdr.Options{Logger: s.log, Interval: settings.UsageInterval}
	nodes, err := settings.asterisks()
	if err != nil {
		return err
	}
	voicemail, _ := dirsOf(nodes, settings.VoicemailDir, nodeSettings.ofVoicemail)
	folders := cdr.Folders(slices.Compact(slices.Sorted(maps.Values(voicemail)))) // nodes may share one
	if settings.RecordingsDir != "" {
		folders = append(folders, settings.RecordingsDir)
	}
	if len(folders) > 0 {
		options.Storage = folders
	}
	if settings.RecordingsDir != "" {
		options.Recordings = cdr.RecordingsFolder(settings.RecordingsDir)
	}
	if settings.RecordingsS3.set() {
		bucket, err := s3.New(settings.RecordingsS3.config())
		if err != nil {
			return err
		}
		options.Archive = bucket
	}
	if settings.AMIAddr != "" || len(settings.Nodes) > 0 {
		options.Counter = runningCalls{s}
	}
	s.calls = cdr.New(s.store, options)
	return nil
}

// newFeed makes what is told of calls by one Asterisk.
func (s *server) newFeed(settings Settings, file string) *calls.Feed {
	return calls.NewFeed(calls.Config{
		Recorder: s.calls, Positions: s.store, File: file, Interval: settings.CDRInterval, Logger: s.log,
	})
}

// runningCalls counts calls over the manager connections, which are made after
// what counts.
type runningCalls struct{ server *server }

// ConcurrentCalls implements [cdr.Counter]. An organisation that is leaving a
// node has calls on both.
func (r runningCalls) ConcurrentCalls(ctx context.Context, contextPrefix string) (int, error) {
	at, err := r.server.deployer.Placement(ctx, contextPrefix)
	if err != nil {
		return 0, err
	}
	sum := 0
	for _, n := range r.server.nodes {
		if n.name != at.Node && (at.Leaving == "" || n.name != at.Leaving) {
			continue
		}
		running, err := calls.Running{Manager: n.conn}.ConcurrentCalls(ctx, contextPrefix)
		if err != nil {
			return 0, err
		}
		sum += running
	}
	return sum, nil
}
