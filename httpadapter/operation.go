package httpadapter

import (
	"net/http"
	"slices"

	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/internal/form"
)

// Operation is what a method of a path takes and answers, for documents that are made of
// the table of routes. The router reads the fields that stand here, and no others.
// Everything in it is the reader's own.
type Operation struct {
	ID     string // its name among all, such as "token"
	Tag    string // the group it belongs to, such as "Tokens"
	Doc    string // what it does, in one sentence
	Text   string // more about it, in sentences; it may be empty
	Caller Caller // who may call

	// Form and JSON say in which form a body may come. Neither: none is read.
	Form, JSON bool
	Fields     []Field
	Answers    []Answer
}

// Caller is how whoever calls says who they are. The zero value asks for nothing.
type Caller string

// The kinds of Caller.
const (
	Anyone          Caller = ""               // nobody is asked
	ByClient        Caller = "client"         // client_id and client_secret, in the body or by HTTP Basic
	ByRequestClient Caller = "request client" // likewise, and only the client that made the request
	ByBearer        Caller = "bearer"         // an access token of a user in the Authorization header
)

// Place is where a field stands. A field that may stand in several places stands in one
// of them.
type Place int

// The places, to be joined by |.
const (
	InPath  Place = 1 << iota // the last segment of the path
	InQuery                   // the query
	InBody                    // a form or a JSON object, as the operation says
)

// Field is one thing that is sent. All values are text, in JSON too. An empty field is an
// absent one.
type Field struct {
	Name     string
	Also     []string // other names of the same field
	In       Place
	Exact    bool     // the name is compared byte by byte, and else without regard to ASCII case
	Required bool     // without it the call is always refused
	Secret   bool     // it has no place in a log
	Long     bool     // it may have 8 KiB in a form, as a token may, and else 1 KiB
	Format   string   // of JSON Schema, such as "uuid"; empty: any text
	Values   []string // all that it may be, where they are few
	Grants   []string // the values of grant_type with which it is read; nil: always
	Doc      string   // what it is, in one sentence
}

// Answer is one way in which an operation is answered. A status may have several, of
// different shapes.
type Answer struct {
	Status int
	Media  string // the content type without its parameters; empty: there is no body
	Schema string // the name of the shape of a JSON body, as package apidocs has them
	Doc    string // when it is given, in one sentence
}

const mediaJSON = "application/json"

// foreignPage is an answer where the client names itself.
var foreignPage = Answer{http.StatusForbidden, mediaJSON, "OAuthError", "The page that calls is of an origin that the client does not list."}

// always are the answers that every operation may give beside its own.
var always = []Answer{
	{http.StatusMisdirectedRequest, mediaJSON, "OAuthError", "The server is one for this machine, and was called by another name."},
	{http.StatusInternalServerError, mediaJSON, "OAuthError", "Something broke in the server. Nothing was granted."},
	{http.StatusServiceUnavailable, mediaJSON, "OAuthError", "The server has too much to do, and Retry-After says when to call again; or it ends."},
}

// copy returns an operation whose slices are its own, with the answers that all have.
func (o *Operation) copy() *Operation {
	if o == nil {
		return nil
	}
	c := *o
	c.Answers = slices.Clone(o.Answers)
	if o.Caller == ByClient {
		c.Answers = append(c.Answers, foreignPage)
	}
	c.Answers = append(c.Answers, always...)
	c.Fields = slices.Clone(o.Fields)
	for i := range c.Fields {
		f := &c.Fields[i]
		f.Also, f.Values, f.Grants = slices.Clone(f.Also), slices.Clone(f.Values), slices.Clone(f.Grants)
	}
	return &c
}

// named returns the operation under another name: the same by another path or method.
func (o Operation) named(id, doc string) *Operation {
	o.ID, o.Doc = id, doc
	return &o
}

// input is what the router reads for an operation. It is made once, of the fields.
type input struct {
	fields     form.Vocabulary
	form, json bool // what a body may be
}

// newInput returns the input of an operation. The fields of its group are known too, so
// that a program may send the same fields to each path: they are refused nowhere, and
// nobody reads them.
func newInput(o Operation, group ...Operation) *input {
	in := &input{form: o.Form, json: o.JSON, fields: form.Vocabulary{Folded: map[string]string{}}}
	for _, f := range o.Fields {
		in.learn(f)
	}
	for _, other := range group {
		for _, f := range other.Fields {
			if !in.knows(f.Name) {
				in.learn(f)
				in.fields.Unread = append(in.fields.Unread, f.Name)
			}
		}
	}
	return in
}

// takes reports whether the field is read.
func (in *input) takes(name string) bool {
	return in.knows(name) && !slices.Contains(in.fields.Unread, name)
}

func (in *input) knows(name string) bool {
	_, folded := in.fields.Folded[ascii.Fold(name)]
	return folded || slices.Contains(in.fields.Exact, name)
}

func (in *input) learn(f Field) {
	if f.In == InPath {
		return // the handler reads it from the path
	}
	if f.Long {
		in.fields.Long = f.Name
	}
	if f.Exact {
		in.fields.Exact = append(in.fields.Exact, f.Name)
		return
	}
	for _, name := range append([]string{f.Name}, f.Also...) {
		in.fields.Folded[ascii.Fold(name)] = f.Name
	}
}

// text is a field of the body.
func text(name, doc string) Field { return Field{Name: name, In: InBody, Doc: doc} }

// The makers below return the field changed in one way.

func (f Field) exact() Field                { f.Exact = true; return f }
func (f Field) required() Field             { f.Required = true; return f }
func (f Field) secret() Field               { f.Secret = true; return f }
func (f Field) as(format string) Field      { f.Format = format; return f }
func (f Field) of(values ...string) Field   { f.Values = values; return f }
func (f Field) with(grants ...string) Field { f.Grants = grants; return f }

// clientFields are those by which a client says who it is.
var clientFields = []Field{
	text("client_id", "The client, as application id and platform; it may come by HTTP Basic instead.").exact(),
	text("client_secret", "A secret of the client; a public client has none.").exact().secret(),
}
