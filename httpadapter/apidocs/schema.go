package apidocs

import (
	"reflect"
	"strings"

	"github.com/sallyport-auth/sallyport/wire"
)

// schemas collects the shapes of the documents by name, in the order in which they were
// first named. The shapes are read off the types that are sent, so that they cannot differ
// from them.
type schemas struct {
	list  object
	types map[string]reflect.Type // that are known by name so far
}

func newSchemas() *schemas { return &schemas{types: wireTypes()} }

// wireTypes are the documents of package wire by the names that the table of routes gives
// them.
func wireTypes() map[string]reflect.Type {
	return map[string]reflect.Type{
		"TokenSuccess":     reflect.TypeFor[wire.TokenSuccess](),
		"RefreshSuccess":   reflect.TypeFor[wire.RefreshSuccess](),
		"TokenError":       reflect.TypeFor[wire.TokenError](),
		"OAuthError":       reflect.TypeFor[wire.OAuthError](),
		"EnrollmentResult": reflect.TypeFor[wire.EnrollmentResult](),
		"PasswordResult":   reflect.TypeFor[wire.PasswordResult](),
		"Introspection":    reflect.TypeFor[wire.Introspection](),
		"Principal":        reflect.TypeFor[wire.Principal](),
	}
}

// ref returns a reference to the shape of that name, and adds it if it is not there yet.
func (s *schemas) ref(name string) object {
	s.add(name)
	return object{{"$ref", "#/components/schemas/" + name}}
}

func (s *schemas) add(name string) {
	if s.list.get(name) != nil {
		return
	}
	at := len(s.list)
	s.list = append(s.list, member{name, object{}}) // its place, before those that it names
	if t, ok := s.types[name]; ok {
		s.list[at].value = s.structure(name, t)
	} else {
		s.list[at].value = s.other(name)
	}
}

// structure is the shape of a type of package wire.
func (s *schemas) structure(name string, t reflect.Type) object {
	var properties object
	var required []string
	for f := range fieldsOf(t) {
		key, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		shape := s.of(f.Type)
		if !strings.Contains(rest, "omit") {
			required = append(required, key)
			if f.Type.Kind() == reflect.Pointer { // it prints null for what is absent
				shape = object{{"type", []string{"string", "null"}}}
			}
		}
		w := wordOf(name, key)
		shape = append(shape, w.limits...)
		properties = append(properties, member{key, shape.with("description", w.says)})
	}
	return object{{"type", "object"}}.with("description", words[name].says).with("properties", properties).with("required", required)
}

// fieldsOf yields the fields that stand in the JSON of a type, those of embedded types in
// their place.
func fieldsOf(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Anonymous {
				for inner := range fieldsOf(f.Type) {
					if !yield(inner) {
						return
					}
				}
			} else if !yield(f) {
				return
			}
		}
	}
}

// of is the shape of a value.
func (s *schemas) of(t reflect.Type) object {
	if t == reflect.TypeFor[wire.Audience]() { // one name is a text
		// Two shapes, since generators of Go know no type that is one of two.
		return object{{"oneOf", []any{object{{"type", "string"}}, object{{"type", "array"}, {"items", object{{"type", "string"}}}}}}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.String:
		return object{{"type", "string"}}
	case reflect.Bool:
		return object{{"type", "boolean"}}
	case reflect.Int:
		return object{{"type", "integer"}}
	case reflect.Int64:
		return object{{"type", "integer"}, {"format", "int64"}}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 { // JSON of any kind
			return object{}
		}
		return object{{"type", "array"}, {"items", s.of(t.Elem())}}
	}
	s.types[t.Name()] = t
	return s.ref(t.Name())
}

// other is the shape of a document that is no type of package wire.
func (s *schemas) other(name string) object {
	says := words[name].says
	switch name {
	case "UserInfo", "UserInfoJSON":
		return s.described(name, "object", "vgToken", "vgUserId", "vgApplications", "vgRoles", "vgPermissions", "vgIsApproved", "vgIsLocked",
			"vgStartDate", "vgEndDate", "vgFirstname", "vgLastname", "vgEmail", "vgDevApps", "vgDevRoles", "vgDevPermissions", "sub").
			with("required", []string{"vgUserId"}).with("additionalProperties", object{{"type", "string"}, {"description", wordOf(name, "vgUA_").says}})
	case "Roles":
		s.types["DevRole"] = reflect.TypeFor[wire.DevRole]()
		return object{{"type", "array"}, {"description", says}, {"items", s.ref("DevRole")}}
	case "Permissions":
		s.types["DevPermission"] = reflect.TypeFor[wire.DevPermission]()
		return object{{"type", "array"}, {"description", says}, {"items", s.ref("DevPermission")}}
	case "Boolean":
		return object{{"type", "boolean"}, {"description", says}}
	case "Base64":
		return object{{"type", "string"}, {"contentEncoding", "base64"}, {"contentMediaType", "image/png"}, {"description", says}}
	case "JWKS":
		return object{{"type", "object"}, {"description", says}, {"properties", object{
			{"keys", object{{"type", "array"}, {"description", wordOf(name, "keys").says}, {"items", s.ref("JWK")}}},
		}}, {"required", []string{"keys"}}}
	case "JWK":
		return s.described(name, "object", "use", "kty", "kid", "crv", "alg", "n", "e", "x", "y", "x5c", "x5t").
			with("required", []string{"kty", "use", "kid", "alg"})
	}
	return s.described("Discovery", "object", "issuer", "jwks_uri", "token_endpoint", "userinfo_endpoint", "revocation_endpoint", "introspection_endpoint",
		"scopes_supported", "claims_supported", "grant_types_supported", "token_endpoint_auth_methods_supported",
		"revocation_endpoint_auth_methods_supported", "introspection_endpoint_auth_methods_supported", "subject_types_supported").
		with("required", []string{"issuer", "jwks_uri", "token_endpoint", "userinfo_endpoint", "revocation_endpoint", "introspection_endpoint"})
}

// lists are the members of shapes without a type that are lists of objects, and of which.
var lists = map[string]reflect.Type{
	"UserInfoJSON.vgDevApps":        reflect.TypeFor[wire.DevApp](),
	"UserInfoJSON.vgDevRoles":       reflect.TypeFor[wire.DevRole](),
	"UserInfoJSON.vgDevPermissions": reflect.TypeFor[wire.DevPermission](),
}

// described is the shape of an object by the words on its members, which are texts where
// the words do not say otherwise.
func (s *schemas) described(name, kind string, keys ...string) object {
	var properties object
	for _, key := range keys {
		w := wordOf(name, key)
		shape := object{{"type", "string"}}
		if w.limits.get("type") != nil {
			shape = nil
		}
		if of := lists[name+"."+key]; of != nil {
			s.types[of.Name()] = of
			shape = object{{"type", "array"}, {"items", s.ref(of.Name())}}
		}
		properties = append(properties, member{key, append(shape, w.limits...).with("description", w.says)})
	}
	return object{{"type", kind}}.with("description", words[name].says).with("properties", properties)
}
