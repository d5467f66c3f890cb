package asterisktest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

func TestCallRecordsHaveTheFieldsOfTheDialplan(t *testing.T) {
	t.Parallel()
	a := asterisktest.Start(t, asterisktest.Options{Files: map[string]string{
		"extensions.conf": "\n[refusing]\nexten => _X.,1,Set(CDR(orgpbx_denied)=no_route)\n same => n,Hangup(1)\n",
		"pjsip.conf":      "\n[anonymous]\ntype = endpoint\ncontext = refusing\nallow = ulaw\n",
	}})
	carrier := asterisktest.NewCarrier(t, asterisktest.CarrierOptions{Host: "127.0.0.1"})
	call, err := carrier.Call(t.Context(), a.SIPAddr(), asterisktest.InboundCall{From: "+15557654321", To: "15550101001"})
	require.NoError(t, err)
	require.Equal(t, 404, call.StatusCode())

	records, err := a.WaitCallRecords(t.Context(), func(records []asterisktest.CallRecord) bool { return len(records) == 1 })
	require.NoError(t, err)
	require.Equal(t, "no_route", records[0]["orgpbx_denied"])
	require.Equal(t, "15550101001", records[0]["dst"])
	require.Empty(t, records[0]["orgpbx_limit"])
}
