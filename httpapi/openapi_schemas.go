package httpapi

import (
	"maps"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

const schemaPrefix = "#/components/schemas/"

// schemaName calls a userResponse "User".
func schemaName(t reflect.Type, hint string) string {
	return strings.ReplaceAll(huma.DefaultSchemaNamer(t, hint), "Response", "")
}

// finishSchemas puts right what huma cannot know of the types of this package.
// It passes over embedded structs whose type is not exported, where
// encoding/json does not; and it takes every field for required, where a
// request may leave any of them out: what a POST needs is said beside it.
func finishSchemas(registry huma.Registry) {
	done := map[string]bool{}
	for len(done) < len(registry.Map()) { // embedded structs may bring new ones in
		for name, s := range maps.Clone(registry.Map()) {
			if done[name] {
				continue
			}
			done[name] = true
			t := registry.TypeFromRef(schemaPrefix + name)
			addEmbedded(registry, t, s)
			if strings.HasSuffix(t.Name(), "Request") {
				s.Required = nil
			}
		}
	}
}

func addEmbedded(registry huma.Registry, t reflect.Type, s *huma.Schema) {
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.Anonymous {
			continue
		}
		embedded := huma.SchemaFromType(registry, f.Type)
		addEmbedded(registry, f.Type, embedded)
		maps.Copy(s.Properties, embedded.Properties)
		s.Required = append(s.Required, embedded.Required...)
	}
}
