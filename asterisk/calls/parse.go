package calls

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/orgpbx/orgpbx/resource/cdr"
)

// errNotOurs is about a record that is that of no call of an organisation: a leg
// that Asterisk makes by itself, such as the one from a queue to a member, or a
// call to a number that nobody has.
var errNotOurs = errors.New("not the record of a call of an organisation")

// dispositions by Asterisk's names.
var dispositions = map[string]cdr.Disposition{
	"ANSWERED": cdr.Answered, "NO ANSWER": cdr.NoAnswer, "BUSY": cdr.Busy, "FAILED": cdr.Failed, "CONGESTION": cdr.Congestion,
}

// parse makes a record of what get says of each of the fields. It returns
// [errNotOurs], or an error that shows nothing of what a caller sent.
func parse(get func(field string) string) (cdr.Record, error) {
	r := cdr.Record{
		ContextPrefix: get("accountcode"),
		UniqueID:      get("uniqueid"),
		LinkedID:      get("linkedid"),
		Direction:     cdr.Direction(get("orgpbx_direction")),
		Disposition:   dispositions[get("disposition")],
		Caller:        get("src"),
		CallerName:    callerName(get("clid")),
		Called:        get("orgpbx_called"),
		Endpoint:      endpoint(get("channel")),
		AnsweredBy:    endpoint(get("dstchannel")),
		Emergency:     get("orgpbx_emergency") == "1",
		Denial: cdr.Denial{
			Reason: get("orgpbx_denied"), Limit: number(get("orgpbx_limit")), Used: number(get("orgpbx_used")),
		},
		Consent: cdr.Consent{
			Mode: get("orgpbx_consent"), Choice: get("orgpbx_consent_choice"),
			Digit: get("orgpbx_consent_digit"), Prompt: get("orgpbx_consent_prompt"),
		},
		Recording: get("orgpbx_recording"),
		AgentCall: get("orgpbx_agent_call"),
	}
	if r.Direction == "" && r.Called != "" {
		r.Direction = cdr.In // the dialplan says so of the others alone
	}
	if r.ContextPrefix == "" || r.Direction == "" {
		return cdr.Record{}, errNotOurs
	}
	if r.Called == "" {
		r.Called = get("dst")
	}
	var err error
	if r.Sequence, err = strconv.ParseInt(get("sequence"), 10, 64); err != nil {
		return cdr.Record{}, errors.New("its sequence is no number")
	}
	for _, t := range []struct {
		field string
		into  *time.Time
	}{{"start,u", &r.StartedAt}, {"answer,u", &r.AnsweredAt}, {"end,u", &r.EndedAt}, {"orgpbx_consent_at", &r.Consent.At}} {
		if *t.into, err = moment(get(t.field)); err != nil {
			return cdr.Record{}, fmt.Errorf("%s is no time", t.field)
		}
	}
	return r, nil
}

// moment reads seconds since 1970 with a fraction; 0 and nothing are never.
func moment(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	whole, fraction, _ := strings.Cut(s, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}, err
	}
	micros := int64(0)
	if fraction != "" {
		if micros, err = strconv.ParseInt((fraction + "000000")[:6], 10, 64); err != nil {
			return time.Time{}, err
		}
	}
	if seconds == 0 && micros == 0 {
		return time.Time{}, nil
	}
	return time.Unix(seconds, micros*int64(time.Microsecond/time.Nanosecond)).UTC(), nil
}

func number(s string) *int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return nil
	}
	return &n
}

// unescape undoes what Asterisk does to a name in quotes.
var unescape = strings.NewReplacer(`\\`, `\`, `\"`, `"`)

// callerName reads the name out of `"name" <number>`.
func callerName(clid string) string {
	end := strings.LastIndex(clid, `" <`)
	if end < 1 || clid[0] != '"' {
		return ""
	}
	return unescape.Replace(clid[1:end])
}

// endpoint reads the PJSIP endpoint out of the name of a channel. A channel of a
// queue member, Local/<endpoint>@<prefix>-agents, stands for the endpoint.
func endpoint(channel string) string {
	technology, name, _ := strings.Cut(channel, "/")
	switch technology {
	case "PJSIP":
		if at := strings.LastIndexByte(name, '-'); at > 0 {
			return name[:at]
		}
	case "Local":
		name, context, _ := strings.Cut(name, "@")
		if prefix, _, found := strings.Cut(context, "-agents-"); found && strings.HasPrefix(name, prefix+"-") {
			return name
		}
	}
	return ""
}
