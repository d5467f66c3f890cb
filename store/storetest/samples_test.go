package storetest

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
)

// A field that a sample leaves empty is one that a backend may forget.
func TestSamplesHaveAValueInEveryField(t *testing.T) {
	t.Parallel()
	for _, sample := range []any{
		sampleOrganization(), sampleUser(1), sampleTrunk(1), sampleDID(1), sampleQueue(1), sampleRoute(1),
		sampleIVR(1), sampleConference(1), sampleAIAgent(1),
		sampleDeployment(1, org.Failed), sampleKeySession("x", "k"), sampleAPIKey(1), sampleHold(),
	} {
		requireFilled(t, reflect.TypeOf(sample).Name(), reflect.ValueOf(sample))
	}
}

func requireFilled(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	require.False(t, v.IsZero(), path)
	if v.Kind() != reflect.Struct || v.Type().PkgPath() == "time" || v.Type().Name() == "Limit" {
		return
	}
	for i := range v.NumField() {
		requireFilled(t, path+"."+v.Type().Field(i).Name, v.Field(i))
	}
}
