package asterisktest_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

const (
	firstExtension = 1000
	extensions     = 200
	// patience is far more than any of these calls needs: it only bounds a broken one.
	patience = 20 * time.Second
)

// dialplan has one extension for each thing that the tests want to observe.
const dialplan = `
[internal]
exten = _1XXX,1,Dial(PJSIP/${EXTEN},30)
 same = n,Hangup(${HANGUPCAUSE})
exten = early,1,Progress()
 same = n,Playback(tt-monkeys,noanswer)
 same = n,Hangup(17)
exten = answered,1,Answer()
 same = n,Playback(tt-monkeys)
 same = n,Hangup()
exten = keys,1,Answer()
 same = n,Read(keys,,4,,,10)
 same = n,Set(DB(keys/${CALLERID(num)})=${keys})
 same = n,Playback(tt-monkeys)
 same = n,Hangup()
exten = _+X.,1,Dial(PJSIP/${EXTEN}@carrier,30)
 same = n,Hangup(${HANGUPCAUSE})
exten = _00X.,1,Dial(PJSIP/+${EXTEN:2}@strict,30)
 same = n,Hangup(${HANGUPCAUSE})

[from-carrier]
exten = _+1XXX,1,Dial(PJSIP/${EXTEN:1},30)
 same = n,Hangup(${HANGUPCAUSE})
`

// pbx is an Asterisk with extensions and the dialplan above.
type pbx struct {
	*asterisktest.Asterisk
	used atomic.Int32
}

// startPBX runs the Asterisk with what a test adds to pjsip.conf.
func startPBX(t *testing.T, trunks string) *pbx {
	t.Helper()
	var conf strings.Builder
	for n := firstExtension; n < firstExtension+extensions; n++ {
		// Phones with an odd number send their audio to each other when they can.
		fmt.Fprintf(&conf, `
[%[1]d]
type = endpoint
transport = transport-udp
context = internal
disallow = all
allow = ulaw
direct_media = %[2]t
auth = %[1]d
aors = %[1]d
[%[1]d]
type = auth
auth_type = userpass
username = %[1]d
password = secret-%[1]d
[%[1]d]
type = aor
max_contacts = 1
remove_existing = yes
`, n, n%2 == 1)
	}
	return &pbx{Asterisk: asterisktest.Start(t, asterisktest.Options{Files: map[string]string{
		"pjsip.conf":      conf.String() + trunks,
		"extensions.conf": dialplan,
	}})}
}

// extension is a phone and the number it is called by.
type extension struct {
	*asterisktest.Phone
	number string
}

// phone is a phone with an extension that no other test uses, not registered yet.
func (p *pbx) phone(t *testing.T) extension {
	t.Helper()
	// Steps of two: see direct_media above.
	return p.phoneAt(t, firstExtension+2*int(p.used.Add(1)))
}

func (p *pbx) phoneAt(t *testing.T, n int) extension {
	t.Helper()
	require.Less(t, n, firstExtension+extensions)
	number := strconv.Itoa(n)
	return extension{number: number, Phone: asterisktest.NewPhone(t, asterisktest.PhoneOptions{
		Asterisk: p.SIPAddr(), Username: number, Password: "secret-" + number, DisplayName: "Phone " + number,
	})}
}

// registered is a phone that can be called.
func (p *pbx) registered(t *testing.T) extension {
	t.Helper()
	phone := p.phone(t)
	require.NoError(t, phone.Register(patient(t)))
	return phone
}

// patient is a context that bounds a broken test.
func patient(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
