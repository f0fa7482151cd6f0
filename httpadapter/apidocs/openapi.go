package apidocs

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

// About is what a document says of the server beside its routes.
type About struct {
	Issuer  string // the engine's, below which the routes are
	Title   string // empty: "Sallyport"
	Version string // of the server; empty: "1"
}

// OpenAPI returns the OpenAPI 3.1 document of those routes, as
// [httpadapter.Adapter.Routes] has them: JSON, the same bytes for the same routes. Routes
// without an operation, which are pages, files and preflights, are left out. An error means
// that the routes are not those of an adapter with that issuer.
func OpenAPI(routes []httpadapter.Route, about About) ([]byte, error) {
	base, err := basePath(routes, about.Issuer)
	if err != nil {
		return nil, err
	}
	b := &builder{schemas: newSchemas()}
	paths, err := b.paths(routes, base)
	if err != nil {
		return nil, err
	}
	doc := object{
		{"openapi", "3.1.1"},
		{"info", object{
			{"title", cmp.Or(about.Title, "Sallyport")}, {"version", cmp.Or(about.Version, "1")},
			{"description", introduction}, {"license", object{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}},
		}},
		{"servers", []any{object{{"url", strings.TrimSuffix(about.Issuer, "/")}}}},
		{"tags", b.tags()},
		{"paths", paths},
		{"components", object{
			{"schemas", b.schemas.list}, {"responses", b.shared()}, {"securitySchemes", securitySchemes},
		}},
	}
	return indented(doc)
}

// introduction is what holds for all operations.
const introduction = "Logins with a second factor, tokens, and what they stand for.\n\n" +
	"Paths are compared without regard to ASCII case, and so are the names of fields but for those of OAuth. " +
	"A body has at most 16 KiB and 64 fields, each of at most 1 KiB where nothing else is said. " +
	"A field that stands twice is refused. An empty one counts as absent. " +
	"HEAD is answered as GET is, without a body, and OPTIONS as a browser asks before a page of another origin calls; any other method answers 405 with Allow. No answer may be stored."

// basePath returns the path below which an adapter was mounted, which is the end of the
// path of its issuer.
func basePath(routes []httpadapter.Route, issuer string) (string, error) {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("apidocs: the issuer %q is no URL", issuer)
	}
	for _, r := range routes {
		if r.Operation == nil || r.Operation.ID != "token" {
			continue
		}
		base, _ := strings.CutSuffix(r.Path, "/connect/token")
		if !strings.HasSuffix(strings.ToLower(u.Path), strings.ToLower(base)) {
			return "", fmt.Errorf("apidocs: the routes are below %q, and the issuer is %s", base, issuer)
		}
		return base, nil
	}
	return "", errors.New("apidocs: the routes have no token endpoint")
}

// builder gathers what the operations share.
type builder struct {
	schemas   *schemas
	topics    []string
	responses []response // in the order in which they were first met
}

// response is an answer that may stand in several operations.
type response struct {
	name, text string // the text is its JSON, by which it is found
	value      object
}

func (b *builder) paths(routes []httpadapter.Route, base string) (object, error) {
	b.countResponses(routes)
	var paths object
	at := map[string]int{}
	for _, r := range routes {
		if r.Operation == nil {
			continue
		}
		path := strings.TrimPrefix(r.Path, base)
		if _, known := at[path]; !known {
			at[path] = len(paths)
			paths = append(paths, member{path, object{}})
		}
		operation, err := b.operation(r.Operation)
		if err != nil {
			return nil, err
		}
		item := &paths[at[path]]
		item.value = append(item.value.(object), member{strings.ToLower(r.Method), operation})
	}
	return paths, nil
}

// operation is one method of a path.
func (b *builder) operation(o *httpadapter.Operation) (object, error) {
	if !slices.Contains(b.topics, o.Tag) {
		b.topics = append(b.topics, o.Tag)
	}
	body, err := requestBody(o)
	if err != nil {
		return nil, err
	}
	responses, err := b.answers(o)
	if err != nil {
		return nil, err
	}
	return object{
		{"operationId", o.ID}, {"tags", []string{o.Tag}}, {"summary", strings.TrimSuffix(o.Doc, ".")},
	}.with("description", strings.TrimSpace(o.Doc+" "+o.Text)).
		with("parameters", parameters(o)).
		with("requestBody", body).
		with("responses", responses).
		with("security", securityOf(o.Caller)), nil
}

// tags are the groups of operations, in their order.
func (b *builder) tags() []any {
	var list []any
	for _, t := range b.topics {
		list = append(list, object{{"name", t}}.with("description", topicWords[t]))
	}
	return list
}

// topicWords say what each group is for.
var topicWords = map[string]string{
	"Tokens":    "Logins, refreshes, and the life of tokens.",
	"Users":     "What an access token may know of its user.",
	"Discovery": "What a client reads before it calls.",
	"Passwords": "Passwords that are changed or were forgotten.",
	"Enrolment": "Second factors that are added during a login.",
}

// securityOf is what OpenAPI says of who may call. A client may also send its credentials
// in the body, for which OpenAPI has no scheme: that is the empty choice.
func securityOf(c httpadapter.Caller) any {
	switch c {
	case httpadapter.ByClient, httpadapter.ByRequestClient:
		return []any{object{{"client", []any{}}}, object{}}
	case httpadapter.ByBearer:
		return []any{object{{"bearer", []any{}}}}
	}
	return []any{object{}}
}

var securitySchemes = object{
	{"client", object{{"type", "http"}, {"scheme", "basic"}, {"description",
		"A client says who it is by HTTP Basic, or by client_id and client_secret in the body. A public client has no secret, and sends client_id in the body."}}},
	{"bearer", object{{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}, {"description", "An access token of a user."}}},
}
