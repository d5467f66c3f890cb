package resource_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// fill gives every field below v a value that is not its zero.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Interface().(type) {
	case limits.Limit:
		v.Set(reflect.ValueOf(limits.AtMost(7)))
		return
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2031, time.March, 9, 23, 59, 58, 123456000, time.UTC)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(t, v.Index(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(t, key)
		fill(t, value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	case reflect.Uint8:
		v.SetUint(200)
	default:
		t.Fatalf("no value for a %s", v.Type())
	}
}

func TestAnArchiveHasEveryFieldOfEveryResource(t *testing.T) {
	t.Parallel()
	var s resource.Snapshot
	fill(t, reflect.ValueOf(&s).Elem())
	archive, err := s.Archive()
	require.NoError(t, err)
	got, err := resource.UnarchiveSnapshot(archive)
	require.NoError(t, err)

	want := s
	want.Organization = org.Organization{Config: org.ConfigStatus{DesiredRevision: 3}}
	want.TrunkPasswords = nil
	require.Equal(t, want, got)
	require.NotEmpty(t, s.TrunkPasswords, "the caller's snapshot is left alone")
}

func TestAnArchiveThatIsBrokenIsAnError(t *testing.T) {
	t.Parallel()
	archive, err := resource.Snapshot{}.Archive()
	require.NoError(t, err)
	for _, broken := range [][]byte{nil, {1, 2, 3}, archive[:len(archive)-1], archive[:20]} {
		_, err := resource.UnarchiveSnapshot(broken)
		require.Error(t, err)
	}
}
