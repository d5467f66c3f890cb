package subject

import (
	"context"
	"slices"

	"github.com/orgpbx/orgpbx/resource/voicemail"
)

// eraseVoicemail deletes the messages that he left and that no hold keeps.
func (j *job) eraseVoicemail(ctx context.Context) error {
	if j.opts.Mailboxes == nil {
		return nil
	}
	var there []voicemail.Message
	err := j.eachMessage(ctx, func(m voicemail.Message) error {
		there = append(there, m)
		return nil
	})
	if err != nil {
		return err
	}
	err = rowless[voicemail.Message]{
		job: j, class: VoicemailClass, erased: func(r *Report) *Amount { return &r.Voicemail.Erased },
		leaving: func(m voicemail.Message) Leaving { return Leaving{ID: m.ID, At: m.At, Bytes: m.Bytes()} },
		keeps:   keeper.keeps, remove: j.removeMessages,
	}.erase(ctx, there)
	if err != nil {
		return err
	}
	// One that was being moved to another node may be there only now.
	return j.eachMessage(ctx, func(m voicemail.Message) error {
		if !slices.ContainsFunc(there, func(t voicemail.Message) bool { return t.ID == m.ID }) {
			return errLeft
		}
		return nil
	})
}

// removeMessages deletes messages, and returns those that are gone.
func (j *job) removeMessages(ctx context.Context, going []voicemail.Message) (removed []voicemail.Message, err error) {
	for _, m := range going {
		gone, failure := j.opts.Mailboxes.Remove(ctx, j.o.ContextPrefix, m)
		switch {
		case failure != nil:
			err = failure // the last will do
		case !gone:
			err = errLeft // Asterisk has moved it
		default:
			removed = append(removed, m)
		}
	}
	return removed, err
}
