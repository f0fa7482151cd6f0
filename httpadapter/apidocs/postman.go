package apidocs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

const (
	postmanSchema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
	postmanAbout  = "All that this server does, made of the table of its routes, with the published variables.\n\n" +
		"Import it together with postman_environment.json and choose the environment. Run a folder from its top: scripts carry RequestId, option, code and tokens from call to call, " +
		"and tests say what each answer has to be. Mailed codes come from the outbox of a development server; elsewhere put them into MFASecureCode. " +
		"A request that lacks what an earlier one brings is skipped. " +
		"A code of an authenticator is good once, so a second run has to wait a minute, and two runs at once take each other's codes."
)

// collection is the document of all requests.
func (m *maker) collection() (httpadapter.Document, error) {
	file := postmanFile{Info: postmanInfo{"VGIdentityServer", postmanAbout, postmanSchema}}
	b := &collector{m: m, ops: map[string]httpadapter.Route{}, special: special(), groups: groups()}
	for _, r := range m.operations() {
		b.ops[r.Operation.ID] = r
	}
	file.Items = b.folders()
	body, err := indented(file)
	if err == nil {
		err = b.err
	}
	return data("postman_collection.json", "The API as a collection of requests for Postman.", "application/json; charset=UTF-8", body), err
}

// collector makes the items of a collection. Its first error stays.
type collector struct {
	m       *maker
	ops     map[string]httpadapter.Route // by the ID of the operation
	special map[string]step
	groups  map[string]around
	err     error
}

// lastTag is the group whose requests end the login that the others use.
const lastTag = "Tokens"

// folders are the logins and then a folder for each group of operations.
func (b *collector) folders() (list []postmanItem) {
	authenticate := postmanItem{Name: "Authenticate", Description: "Logins step by step, each with its second factor."}
	for _, w := range logins() {
		authenticate.Items = append(authenticate.Items, postmanItem{Name: w.name, Description: w.says, Items: b.steps(w.steps)})
	}
	list = append(list, authenticate)
	var last []postmanItem
	for _, tag := range b.tags() {
		folder := postmanItem{Name: tag, Items: slices.Concat(b.steps(b.groups[tag].before), b.group(tag), b.steps(b.groups[tag].after))}
		if tag == lastTag {
			last = append(last, folder)
		} else {
			list = append(list, folder)
		}
	}
	return append(list, last...)
}

// tags are the groups, in the order of the table.
func (b *collector) tags() (list []string) {
	for _, r := range b.m.operations() {
		if !slices.Contains(list, r.Operation.Tag) {
			list = append(list, r.Operation.Tag)
		}
	}
	return list
}

// group are the operations of a group, each once.
func (b *collector) group(tag string) (list []postmanItem) {
	for _, r := range b.m.operations() {
		if r.Operation.Tag != tag {
			continue
		}
		s := b.special[strings.TrimSuffix(r.Operation.ID, "Get")]
		s.name, s.op = r.Method+" "+r.Path, r.Operation.ID
		if s.fields == nil {
			s.fields = standard(r.Operation)
		}
		item := b.operation(&s)
		for _, e := range examplesOf(r.Operation.ID) {
			item.Responses = append(item.Responses, postmanExample(&e))
		}
		list = append(list, item)
	}
	return list
}

// standard are the fields of an operation that it cannot do without, with what usually stands in
// them.
func standard(o *httpadapter.Operation) (list []value) {
	for _, f := range o.Fields {
		if f.Required {
			list = append(list, value{f.Name, values[f.Name]})
		}
	}
	return list
}

func (b *collector) steps(steps []step) (list []postmanItem) {
	for i := range steps {
		s := &steps[i]
		switch {
		case s.page == nil:
			list = append(list, b.operation(s))
		case b.m.has(s.page.method, "/{requestId}"): // the host has left no pages out
			list = append(list, b.visit(s))
		}
	}
	return list
}

// visit is the request of a page.
func (b *collector) visit(s *step) postmanItem {
	r := &postmanRequest{Method: s.page.method, Header: []postmanField{}, Auth: postmanAuth{Type: "noauth"}, Description: s.says, URL: postmanURL{Raw: s.page.url, Host: []string{s.page.url}}}
	if s.page.form != nil {
		r.Body = &postmanBody{Mode: "urlencoded"}
		for _, v := range s.page.form {
			r.Body.Form = append(r.Body.Form, postmanField{Key: v.name, Value: v.text, Type: "text"})
		}
	}
	return postmanItem{Name: s.name, Request: r, Events: s.events(nil)}
}

// operation is the request of an operation. Fields that the step does not name are there and
// switched off.
func (b *collector) operation(s *step) postmanItem {
	route, ok := b.ops[s.op]
	if !ok {
		b.fail("there is no operation %q", s.op)
		return postmanItem{}
	}
	o := route.Operation
	r := &postmanRequest{Method: route.Method, Header: []postmanField{}, Auth: postmanAuth{Type: "noauth"}, Description: strings.TrimSpace(o.Doc + " " + s.says)}
	r.URL = postmanURL{Host: []string{as(varURL)}, Path: strings.Split(strings.TrimPrefix(route.Path, "/"), "/")}
	for i, segment := range r.URL.Path {
		if name, variable := strings.CutPrefix(segment, "{"); variable {
			r.URL.Path[i] = ":" + strings.TrimSuffix(name, "}")
		}
	}
	given := map[string]string{}
	for _, v := range s.fields {
		given[v.name] = v.text
	}
	if o.Caller == httpadapter.ByBearer {
		token, ok := given["Authorization"]
		if !ok {
			token = as(varBearer)
		}
		delete(given, "Authorization")
		r.Auth = postmanAuth{"bearer", []postmanField{{Key: "token", Value: token, Type: "string"}}}
	}
	if o.Form || o.JSON {
		r.Body = &postmanBody{Mode: "urlencoded", Form: []postmanField{}}
	}
	for _, f := range o.Fields {
		b.place(r, &f, given)
		delete(given, f.Name)
	}
	for name := range given {
		b.fail("%s: the operation %s has no field %q", s.name, s.op, name)
	}
	r.URL.Raw = as(varURL) + "/" + strings.Join(r.URL.Path, "/") + query(r.URL.Query)
	return postmanItem{Name: s.name, Request: r, Events: s.events(o)}
}

// place puts a field where it belongs: into the body where it may stand there.
func (b *collector) place(r *postmanRequest, f *httpadapter.Field, given map[string]string) {
	text, on := given[f.Name]
	if !on {
		text = values[f.Name]
		// A client says who it is in each call that asks.
		on = f.Name == "client_id" || f.Name == "client_secret"
	}
	field := postmanField{Key: f.Name, Value: text, Description: f.Doc, Disabled: !on}
	switch {
	case f.In&httpadapter.InBody != 0 && r.Body != nil:
		field.Type = "text"
		r.Body.Form = append(r.Body.Form, field)
	case f.In&httpadapter.InQuery != 0:
		r.URL.Query = append(r.URL.Query, field)
	case f.In&httpadapter.InPath != 0:
		r.URL.Variable = append(r.URL.Variable, field)
	}
}

// query is the query of a URL as people read it.
func query(fields []postmanField) string {
	var parts []string
	for _, f := range fields {
		if !f.Disabled {
			parts = append(parts, f.Key+"="+f.Value)
		}
	}
	if parts == nil {
		return ""
	}
	return "?" + strings.Join(parts, "&")
}

func (b *collector) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf(format, args...)
	}
}
