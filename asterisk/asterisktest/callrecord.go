package asterisktest

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// CallRecord is what Asterisk wrote of one call, by the name of the field: those of Asterisk, and those that the
// dialplan of orgpbx adds. A field that was never set is "".
type CallRecord map[string]string

// callRecordFields are the fields of a [CallRecord], in the order in which Asterisk writes them.
func callRecordFields() []string {
	return []string{
		"uniqueid", "linkedid", "accountcode", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "disposition",
		"orgpbx_direction", "orgpbx_called", "orgpbx_emergency", "orgpbx_denied", "orgpbx_limit", "orgpbx_used",
		"orgpbx_consent", "orgpbx_consent_choice", "orgpbx_consent_digit", "orgpbx_consent_prompt", "orgpbx_recording",
		"orgpbx_agent_call", "orgpbx_consent_at",
	}
}

// WaitCallRecords returns all call records as soon as enough says that those that it waits for are there. Asterisk
// writes them when a call has ended. The error is that of ctx, with the records that there are.
func (a *Asterisk) WaitCallRecords(ctx context.Context, enough func([]CallRecord) bool) ([]CallRecord, error) {
	// Asterisk tells nobody that it has written to the file.
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		records, err := a.callRecords()
		if err != nil || enough(records) {
			return records, err
		}
		select {
		case <-ctx.Done():
			return records, fmt.Errorf("wait for call records, of which there are %v: %w", records, ctx.Err())
		case <-look.C:
		}
	}
}

func (a *Asterisk) callRecords() ([]CallRecord, error) {
	text, err := os.ReadFile(filepath.Join(a.CallRecordsDir(), "records.csv"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	text = text[:bytes.LastIndexByte(text, '\n')+1] // the last line may be half written
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read call records: %w", err)
	}
	records := make([]CallRecord, len(rows))
	for i, row := range rows {
		records[i] = CallRecord{}
		for j, field := range callRecordFields() {
			records[i][field] = row[j]
		}
	}
	return records, nil
}
