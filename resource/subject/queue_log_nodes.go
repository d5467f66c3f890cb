package subject

import "context"

// QueueLogs are the queue logs of several Asterisks. It is [QueueLog], of all of
// them: a call is on one.
type QueueLogs []QueueLog

// Lines implements [QueueLog].
func (q QueueLogs) Lines(ctx context.Context, contextPrefix string, do func(QueueLine) error) (compressed bool, err error) {
	for _, log := range q {
		some, err := log.Lines(ctx, contextPrefix, do)
		if err != nil {
			return false, err
		}
		compressed = compressed || some
	}
	return compressed, nil
}

// Blank implements [QueueLog].
func (q QueueLogs) Blank(ctx context.Context, contextPrefix string, his func(QueueLine) bool) error {
	for _, log := range q {
		if err := log.Blank(ctx, contextPrefix, his); err != nil {
			return err
		}
	}
	return nil
}
