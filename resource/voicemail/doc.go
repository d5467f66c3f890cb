// Package voicemail is the messages that were left in an organisation's mailboxes, as
// they are in Asterisk's folder on the disk: who asks about a number finds them,
// and they move with the organisation from node to node.
//
//	mailboxes := voicemail.Nodes{"pbx1": "/mnt/pbx1/voicemail", "pbx2": "/mnt/pbx2/voicemail"}
//	err := mailboxes.Messages(ctx, "k3vq7xw2ma", func(m voicemail.Message) error {
//		fmt.Println(m.Node, m.Mailbox, m.At)
//		return nil
//	})
//	copied, err := mailboxes.Copy(ctx, "k3vq7xw2ma", "pbx1", "pbx2") // Finish deletes them on pbx1
package voicemail
