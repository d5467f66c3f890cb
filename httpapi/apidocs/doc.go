// Package apidocs serves two viewers of an OpenAPI document: Swagger UI, whose
// files are compiled in, and Scalar, whose one script a browser loads from a
// content network under a pinned hash.
//
//	swagger, err := apidocs.Swagger("My API", "/openapi.json", "/api-docs")
//	mux.Handle("GET /api-docs", swagger)
//	mux.Handle("GET /api-docs/{asset}", swagger)
//	mux.Handle("GET /reference", apidocs.Scalar("My API", "/openapi.json"))
//
// Each page comes with a content security policy that lets it reach nothing
// else.
package apidocs
