package httpapi

import (
	"fmt"
	"net/http"

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
