package main

import (
	"maps"
	"slices"

	"github.com/orgpbx/orgpbx/resource/subject"
	"github.com/orgpbx/orgpbx/resource/voicemail"
)

// dirsOf returns folders of the nodes that this server sees, by node, and whether
// they are those of all. The setting for one Asterisk is that of the node "".
func dirsOf(nodes []nodeSettings, setting string, of func(nodeSettings) string) (dirs map[string]string, all bool) {
	if setting != "" {
		return map[string]string{"": setting}, len(nodes) <= 1
	}
	dirs = map[string]string{}
	for _, n := range nodes {
		if dir := of(n); dir != "" {
			dirs[n.name] = dir
		}
	}
	return dirs, len(dirs) == len(nodes)
}

func (n nodeSettings) ofVoicemail() string { return n.voicemailDir }

func (n nodeSettings) ofQueueLog() string { return n.queueLogDir }

// mailboxesOf returns the mailboxes of nodes, by node.
func mailboxesOf(dirs map[string]string) voicemail.Nodes {
	mailboxes := voicemail.Nodes{}
	for node, dir := range dirs {
		mailboxes[node] = voicemail.Folder(dir)
	}
	return mailboxes
}

// seen sets what the requests of data subjects see of the nodes.
func (s Settings) seen(options *subject.Options) error {
	nodes, err := s.asterisks()
	if err != nil {
		return err
	}
	mailboxes, all := dirsOf(nodes, s.VoicemailDir, nodeSettings.ofVoicemail)
	switch {
	case s.VoicemailDir != "":
		options.Mailboxes = voicemail.Folder(s.VoicemailDir)
	case len(mailboxes) > 0:
		options.Mailboxes = mailboxesOf(mailboxes)
	}
	if len(mailboxes) > 0 && !all {
		options.PartlySeen = append(options.PartlySeen, subject.VoicemailClass)
	}
	logs, all := dirsOf(nodes, s.QueueLogDir, nodeSettings.ofQueueLog)
	if len(logs) > 0 && !all {
		options.PartlySeen = append(options.PartlySeen, subject.QueueLogClass)
	}
	if len(logs) > 0 {
		var folders subject.QueueLogs
		for _, dir := range slices.Compact(slices.Sorted(maps.Values(logs))) {
			folders = append(folders, subject.QueueLogFolder(dir))
		}
		options.QueueLog = folders
	}
	return nil
}
