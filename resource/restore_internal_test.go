package resource

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryKindOfResourceIsRestored(t *testing.T) {
	t.Parallel()
	kinds := 0
	service := reflect.TypeFor[Service]()
	for i := range service.NumField() {
		if service.Field(i).Type.Kind() == reflect.Pointer {
			kinds++ // a *Set or *Users
		}
	}
	require.Len(t, restorables(restoration{}, Snapshot{}, Snapshot{}), kinds)
}
