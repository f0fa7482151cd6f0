// Package apidocs makes documents of the table of routes that an adapter serves: what
// programs and people read before they call. They say of every operation who may call it,
// what it takes and what it answers, with recorded answers of a real server.
//
// [OpenAPI] makes the OpenAPI 3.1 document. A host that does not import the package
// carries none of it.
package apidocs
