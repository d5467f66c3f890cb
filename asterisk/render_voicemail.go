package asterisk

// noPIN is the password of every mailbox: no phone can dial it, and the "-"
// keeps a caller from choosing another one. A mailbox is listened to from the
// user's own phone, which has already shown its SIP password.
const noPIN = "-closed"

// voicemail renders one context with the mailboxes of the organisation. It
// sends no mail: an address of a tenant must not become a way to send mail to
// anybody.
func (r *renderer) voicemail() []Section {
	s := Section{Name: string(r.prefix), Kind: KindMailboxes}
	for _, p := range r.phones {
		if p.mailbox != "" {
			s.Lines = append(s.Lines, Line{
				Key:   string(digits(p.Extension)),
				Value: noPIN + "," + displayName(p.FullName),
				Arrow: true,
			})
		}
	}
	if len(s.Lines) == 0 {
		return nil
	}
	return []Section{s}
}
