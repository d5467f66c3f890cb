package httpapi

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/orgpbx/orgpbx/resource/cdr"
)

const recordingsTag = "Recordings"

func (a *API) registerRecordings() {
	register(a, operation{
		id: "get-recording", method: http.MethodGet, path: basePath + "/calls/{id}/recording", access: organizations,
		tag: recordingsTag, summary: "Listen to a call, or to a part of it",
		description: "Each request is an entry of the trail. Calls with a recording are listed by GET /calls?recorded=true.",
		file:        true, etag: true,
	}, a.getRecording)
	register(a, operation{
		id: "get-evidence", method: http.MethodGet, path: basePath + "/calls/{id}/evidence", access: organizations,
		tag: recordingsTag, summary: "Read by what right a call was recorded, bound to what was recorded",
		description: "Each request is an entry of the trail.",
		query: []*huma.Param{{
			Name: "verify", In: "query", Description: "true: read the recording again and compare it with its hash.",
			Schema: &huma.Schema{Type: huma.TypeBoolean},
		}},
	}, a.getEvidence)
}

func (a *API) getRecording(c *call, _ nothing) (reply[nothing], error) {
	id, err := c.pathID("id")
	if err != nil {
		return reply[nothing]{}, err
	}
	o, err := c.organization()
	if err != nil {
		return reply[nothing]{}, err
	}
	file, err := a.config.Calls.OpenRecording(c.ctx(), o, id)
	return reply[nothing]{file: file}, err
}

type evidenceResponse struct {
	OrganizationID string              `json:"organization_id" example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	Call           callResponse        `json:"call"`
	Recording      *sealedFileResponse `json:"recording" doc:"null when the call was not to be recorded."`
}

type sealedFileResponse struct {
	Name     string     `json:"name" example:"1795506778.42.wav"`
	State    string     `json:"state" enum:"pending,sealed,absent,deleting" doc:"pending until the file is complete and was hashed; absent when there was no sound to record; deleting once it is past the organisation's days, or is to be erased." example:"sealed"`
	SHA256   *string    `json:"sha256" doc:"Of the whole file, in hex." example:"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`
	Bytes    *int64     `json:"bytes" example:"480044"`
	SealedAt *time.Time `json:"sealed_at" doc:"When it was hashed." example:"2026-01-05T09:34:00Z"`
	Check    *string    `json:"check" enum:"intact,changed,missing" doc:"What verify found; null without it, and while there is no hash." example:"intact"`
}

func (a *API) getEvidence(c *call, _ nothing) (reply[evidenceResponse], error) {
	var none reply[evidenceResponse]
	id, err := c.pathID("id")
	if err != nil {
		return none, err
	}
	d := &decoder{}
	verify := d.flag(c.r.URL.Query(), "verify")
	if err := d.err(); err != nil {
		return none, err
	}
	o, err := c.organization()
	if err != nil {
		return none, err
	}
	e, err := a.config.Calls.Evidence(c.ctx(), o, id, verify)
	if err != nil {
		return none, err
	}
	return reply[evidenceResponse]{body: showEvidence(o.ID, e)}, nil
}

func showEvidence(organizationID string, e cdr.Evidence) evidenceResponse {
	return evidenceResponse{OrganizationID: organizationID, Call: showCall(e.Call), Recording: showSeal(e)}
}

func showSeal(e cdr.Evidence) *sealedFileResponse {
	if e.Seal.State == "" {
		return nil
	}
	shown := &sealedFileResponse{Name: e.Seal.Name, State: string(e.Seal.State)}
	if e.Seal.State == cdr.Sealed {
		sum := hex.EncodeToString(e.Seal.SHA256[:])
		shown.SHA256, shown.Bytes, shown.SealedAt = &sum, &e.Seal.Bytes, &e.Seal.At
	}
	if e.Check != "" {
		check := string(e.Check)
		shown.Check = &check
	}
	return shown
}

// writeFile sends a recording, or the part of it that was asked for.
func (a *API) writeFile(w http.ResponseWriter, r *http.Request, file cdr.RecordingFile) {
	defer func() { _ = file.Close() }()
	h := w.Header()
	h.Set("Content-Type", "audio/wav")
	h.Set("Content-Disposition", fmt.Sprintf("inline; filename=%q", file.Name)) // a name without a quote, see cdr.IsRecordingName
	h.Set("ETag", fmt.Sprintf(`"%x-%x"`, file.ModifiedAt.UnixNano(), file.Bytes))
	http.ServeContent(&rangeWriter{ResponseWriter: w, api: a, r: r}, r, "", file.ModifiedAt, file)
}

// rangeWriter answers with a problem where [http.ServeContent] would refuse in words
// of its own.
type rangeWriter struct {
	http.ResponseWriter
	api     *API
	r       *http.Request
	refused bool
}

// WriteHeader sends the status, or the problem instead of it.
func (w *rangeWriter) WriteHeader(status int) {
	problems := map[int]*problem{
		http.StatusRequestedRangeNotSatisfiable: errRange,
		http.StatusPreconditionFailed:           errPrecondition,
	}
	if p := problems[status]; p != nil {
		w.refused = true
		w.Header().Del("Content-Disposition")
		w.api.fail(w.ResponseWriter, w.r, p)
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends what is no refusal.
func (w *rangeWriter) Write(b []byte) (int, error) {
	if w.refused {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}
