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
			if t == nil { // made by changeSchema
				continue
			}
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

// changeSchema returns the schema of a request that changes an object: what a
// request has, and what the answer has beside it, as readOnly.
func (a *API) changeSchema(request *huma.Schema, req, resp reflect.Type) *huma.Schema {
	registry := a.huma.OpenAPI().Components.Schemas
	name := strings.TrimSuffix(strings.TrimPrefix(request.Ref, schemaPrefix), "Request") + "Change"
	schema := &huma.Schema{
		Type:                 huma.TypeObject,
		Properties:           maps.Clone(registry.SchemaFromRef(request.Ref).Properties),
		AdditionalProperties: false,
	}
	for field, f := range echoed(req, resp) {
		property := huma.SchemaFromField(registry, f, "")
		property.ReadOnly = true
		schema.Properties[field] = property
	}
	registry.Map()[name] = schema
	return &huma.Schema{Ref: schemaPrefix + name}
}
