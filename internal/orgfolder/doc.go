// Package orgfolder reaches into directories in which each organisation has a folder
// that is named for its context prefix, such as Asterisk's of recordings and of
// voicemail, and into nothing else.
//
//	err := orgfolder.In(ctx, "/var/spool/asterisk/voicemail", "k3vq7xw2ma", func(root *os.Root) error {
//		file, err := orgfolder.OpenRegular(root, "1001/INBOX/msg0000.txt", os.O_RDONLY)
//		…
//	})
package orgfolder
