package subject

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/org/mask"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/voicemail"
)

// Shapes are how calls are shown in an export.
type Shapes struct {
	Call     func(cdr.Call) any
	Evidence func(organizationID string, e cdr.Evidence) any
}

// Copy is an export that can be fetched.
type Copy struct {
	*job
	shapes Shapes
}

// OpenExport returns the export of a request. It returns [org.ErrNotFound], or
// [ErrNotReady] when the request is none that can be fetched now.
func (s *Service) OpenExport(ctx context.Context, organizationID, id string, shapes Shapes) (*Copy, error) {
	r, err := s.Get(ctx, organizationID, id)
	if err != nil {
		return nil, err
	}
	if r.State != Ready || !s.now().Before(r.FetchUntil) {
		return nil, ErrNotReady
	}
	j, err := s.newJob(ctx, organizationID, r)
	if err != nil {
		return nil, fmt.Errorf("open an export: %w", err)
	}
	return &Copy{j, shapes}, nil
}

// Manifest is the last file of an export.
type Manifest struct {
	OrganizationID string    `json:"organization_id"`
	RequestID      string    `json:"request_id"`
	Number         string    `json:"number"`
	MadeAt         time.Time `json:"made_at"`
	// Own is what the organisation itself entered with the number.
	Own   []resource.Ref `json:"own"`
	Files []ManifestFile `json:"files"`
	// Missing are the files that were to be here and are not on the disk.
	Missing    []string `json:"missing"`
	NotCovered []string `json:"not_covered"`
	Unreached  []string `json:"unreached"`
}

// ManifestFile is a file of an export.
type ManifestFile struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // in hex
}

// ManifestName is what the manifest is called in the zip.
const ManifestName = "manifest.json"

// Write writes the zip as things are now. It has one call, message or event in memory
// at a time; of the files only what the manifest says of them.
func (c *Copy) Write(ctx context.Context, w io.Writer) error {
	a := &archive{zip: zip.NewWriter(w), Manifest: Manifest{
		OrganizationID: c.o.ID, RequestID: c.r.ID, Number: c.r.Number, MadeAt: c.now(),
		Own: append([]resource.Ref{}, c.own...), Files: []ManifestFile{}, Missing: []string{},
		NotCovered: c.r.Report.NotCovered(), Unreached: append([]string{}, c.r.Report.Unreached...),
	}}
	for _, part := range []func(context.Context, *archive) error{
		c.writeCalls, c.writeEvidence, c.writeRecordings, c.writeVoicemail, c.writeDeliveries, c.writeQueueLog,
	} {
		if err := part(ctx, a); err != nil {
			return fmt.Errorf("write an export: %w", err)
		}
	}
	if err := a.close(); err != nil {
		return fmt.Errorf("write an export: %w", err)
	}
	return nil
}

// writeCalls lists his calls, newest first.
func (c *Copy) writeCalls(ctx context.Context, a *archive) error {
	return a.list("calls.json", func(add func(any) error) error {
		for page := (org.Page{Limit: pageOfCalls}); ; {
			list, err := c.store.Calls(ctx, c.o.ID, cdr.Filter{}, page)
			if err != nil || len(list) == 0 {
				return err
			}
			for _, one := range list {
				if !c.who.in(one) {
					continue
				}
				if err := c.maskOthers(ctx, &one); err != nil {
					return err
				}
				if err := add(c.shapes.Call(one)); err != nil {
					return err
				}
			}
			page.After = list[len(list)-1].ID
		}
	})
}

// writeEvidence lists by what right his calls were recorded.
func (c *Copy) writeEvidence(ctx context.Context, a *archive) error {
	return a.list("evidence.json", func(add func(any) error) error {
		return c.eachRecorded(ctx, func(e cdr.Evidence) error { return add(c.shapes.Evidence(c.o.ID, e)) })
	})
}

func (c *Copy) writeRecordings(ctx context.Context, a *archive) error {
	return c.eachRecorded(ctx, func(e cdr.Evidence) error {
		if e.Seal.State == cdr.Absent {
			return nil // there never was one
		}
		return a.copy("recordings/"+e.Call.ID+path.Ext(e.Seal.Name), func() (io.ReadCloser, error) {
			if c.opts.Recordings == nil || !cdr.IsRecordingName(c.o.ContextPrefix, e.Seal.Name) {
				return nil, org.ErrNotFound
			}
			return c.opts.Recordings.Open(ctx, c.o.ContextPrefix, e.Seal.Name)
		})
	})
}

// eachRecorded calls do with each of his calls of which a recording is known.
func (c *Copy) eachRecorded(ctx context.Context, do func(cdr.Evidence) error) error {
	for after := ""; ; {
		page, err := c.store.DueCalls(ctx, c.o.ID, after, "", lastID, pageOfCalls)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].Call.ID
		for _, d := range page {
			if !c.who.in(d.Call) {
				continue
			}
			e, err := c.evidence(ctx, d.Call.ID)
			if errors.Is(err, org.ErrNotFound) {
				continue // deleted meanwhile
			}
			if err != nil {
				return err
			}
			if err := do(e); err != nil {
				return err
			}
		}
	}
}

func (c *Copy) evidence(ctx context.Context, callID string) (cdr.Evidence, error) {
	call, err := c.store.Call(ctx, c.o.ID, callID)
	if err != nil {
		return cdr.Evidence{}, err
	}
	seal, err := c.store.Seal(ctx, c.o.ID, callID)
	if err != nil {
		return cdr.Evidence{}, err
	}
	err = c.maskOthers(ctx, &call)
	return cdr.Evidence{Call: call, Seal: seal}, err
}

// maskOthers hides who took part in a call beside him and the organisation, where it
// has masking on. His own number and name are what he asks for.
func (c *Copy) maskOthers(ctx context.Context, call *cdr.Call) error {
	if !c.o.Compliance.PIIMasking {
		return nil
	}
	own, err := mask.OwnOf(ctx, c.store, c.o, call.Caller, call.Called)
	if err != nil {
		return err
	}
	if !c.who.number.in(call.Caller) {
		if call.Direction == cdr.In || !own.Has(call.Caller) {
			call.CallerName = mask.Text(call.CallerName)
		}
		call.Caller = own.Number(call.Caller)
	}
	if !c.who.number.in(call.Called) {
		call.Called = own.Number(call.Called)
	}
	return nil
}

func (c *Copy) writeVoicemail(ctx context.Context, a *archive) error {
	return c.eachMessage(ctx, func(m voicemail.Message) error {
		for _, file := range m.Files {
			err := a.copy(path.Join("voicemail", m.Node, m.Path(file.Name)), func() (io.ReadCloser, error) {
				return c.opts.Mailboxes.Open(ctx, c.o.ContextPrefix, m, file.Name)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// writeQueueLog copies what the queue log has of the calls in which he was, as it is
// there. Others are masked where the organisation has masking on.
func (c *Copy) writeQueueLog(ctx context.Context, a *archive) error {
	if c.opts.QueueLog == nil {
		return nil
	}
	his := map[string]bool{}
	if _, err := c.eachQueueLine(ctx, func(l QueueLine) error {
		his[l.CallID] = true
		return nil
	}); err != nil {
		return err
	}
	return a.file("queue_log.txt", zip.Deflate, func(w io.Writer) error {
		_, err := c.opts.QueueLog.Lines(ctx, c.o.ContextPrefix, func(l QueueLine) error {
			if !his[l.CallID] {
				return nil
			}
			text, err := c.maskLine(ctx, l)
			if err == nil {
				_, err = fmt.Fprintln(w, text)
			}
			return err
		})
		return err
	})
}

// maskLine is maskOthers for a line of the queue log.
func (c *Copy) maskLine(ctx context.Context, l QueueLine) (string, error) {
	if !c.o.Compliance.PIIMasking || l.Number == "" || c.who.number.in(l.Number) {
		return l.Text, nil
	}
	own, err := mask.OwnOf(ctx, c.store, c.o, l.Number)
	if err != nil {
		return "", err
	}
	return l.withNumber(own.Number(l.Number)), nil
}

// exportedEvent is an event as a webhook would be told it now.
type exportedEvent struct {
	ID        string          `json:"id"`
	Type      event.Type      `json:"type"`
	Timestamp time.Time       `json:"timestamp"`
	WebhookID string          `json:"webhook_id"`
	State     string          `json:"state"`
	Data      json.RawMessage `json:"data"`
}

func (c *Copy) writeDeliveries(ctx context.Context, a *archive) error {
	return a.list("webhook_deliveries.json", func(add func(any) error) error {
		return c.eachDelivery(ctx, func(list []told) error {
			for _, d := range list {
				e, err := cdr.MaskEvent(ctx, c.store, c.o, d.Event)
				if err != nil {
					return err
				}
				err = add(exportedEvent{
					ID: e.ID, Type: e.Type, Timestamp: e.At, WebhookID: d.WebhookID, State: string(d.State), Data: json.RawMessage(e.Data),
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// archive is a zip in the making.
type archive struct {
	zip *zip.Writer
	Manifest
}

// file adds a file that write writes.
func (a *archive) file(name string, method uint16, write func(io.Writer) error) error {
	part, err := a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: a.MadeAt})
	if err != nil {
		return err
	}
	sum, count := sha256.New(), counter(0)
	if err := write(io.MultiWriter(part, sum, &count)); err != nil {
		return err
	}
	if name != ManifestName {
		a.Files = append(a.Files, ManifestFile{name, int64(count), hex.EncodeToString(sum.Sum(nil))})
	}
	return nil
}

// list adds a file that is a JSON array of what each hands to add.
func (a *archive) list(name string, each func(add func(any) error) error) error {
	return a.file(name, zip.Deflate, func(w io.Writer) error {
		before := "["
		err := each(func(v any) error {
			text, err := json.Marshal(v)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(w, "%s\n%s", before, text)
			before = ","
			return err
		})
		if err != nil {
			return err
		}
		if before == "[" {
			_, err = io.WriteString(w, "[]\n")
		} else {
			_, err = io.WriteString(w, "\n]\n")
		}
		return err
	})
}

// copy adds a file that is on the disk. One that is not there is missing.
func (a *archive) copy(name string, open func() (io.ReadCloser, error)) error {
	file, err := open()
	if errors.Is(err, org.ErrNotFound) {
		a.Missing = append(a.Missing, name)
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	return a.file(name, zip.Store, func(w io.Writer) error {
		_, err := io.Copy(w, file)
		return err
	})
}

// close ends the zip with its manifest.
func (a *archive) close() error {
	err := a.file(ManifestName, zip.Deflate, func(w io.Writer) error {
		lines := json.NewEncoder(w)
		lines.SetIndent("", "  ")
		return lines.Encode(a.Manifest)
	})
	if err != nil {
		return err
	}
	return a.zip.Close()
}

// counter counts bytes.
type counter int64

// Write counts.
func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}
