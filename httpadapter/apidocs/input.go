package apidocs

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

// parameters are the fields of an operation in the path and in the query. One that may
// also stand in the body is not required here.
func parameters(o *httpadapter.Operation) (list []any) {
	for _, f := range o.Fields {
		in := "query"
		switch {
		case f.In&httpadapter.InPath != 0:
			in = "path"
		case f.In&httpadapter.InQuery == 0:
			continue
		}
		p := object{{"name", f.Name}, {"in", in}, {"description", describe(f)}}
		if f.Required && f.In&httpadapter.InBody == 0 {
			p = append(p, member{"required", true})
		}
		list = append(list, append(p, member{"schema", fieldSchema(f)}))
	}
	return list
}

// requestBody is the body of an operation, or nothing.
func requestBody(o *httpadapter.Operation) (object, error) {
	if !o.Form && !o.JSON {
		return nil, nil
	}
	shape, bodyAlone := bodySchema(o)
	forms, err := bodyExamples(o)
	if err != nil {
		return nil, err
	}
	var content object
	if o.Form {
		content = append(content, member{formType, object{{"schema", shape}}.with("examples", forms)})
	}
	if o.JSON { // where a member that is not known is refused
		content = append(content, member{"application/json", object{{"schema", append(shape[:len(shape):len(shape)], member{"additionalProperties", false})}}})
	}
	body := object{{"content", content}}
	if bodyAlone {
		body = append(body, member{"required", true})
	}
	return body, nil
}

// bodySchema is the shape of a body, and whether its fields can stand nowhere else.
func bodySchema(o *httpadapter.Operation) (shape object, alone bool) {
	var properties object
	var required []string
	alone = true
	for _, f := range o.Fields {
		if f.In&httpadapter.InBody == 0 {
			continue
		}
		properties = append(properties, member{f.Name, append(fieldSchema(f), member{"description", describe(f)})})
		alone = alone && f.In == httpadapter.InBody
		if f.Required && f.In == httpadapter.InBody {
			required = append(required, f.Name)
		}
	}
	return object{{"type", "object"}}.with("properties", properties).with("required", required), alone
}

// fieldSchema is the shape of one field.
func fieldSchema(f httpadapter.Field) object {
	s := object{{"type", "string"}}
	if f.Required && f.In != httpadapter.InPath {
		s = append(s, member{"minLength", 1})
	}
	if f.In&httpadapter.InPath == 0 {
		most := 1 << 10
		if f.Long {
			most = 8 << 10
		}
		s = append(s, member{"maxLength", most})
	}
	format := f.Format
	if format == "" && f.Secret {
		format = "password" // which tools hide
	}
	return s.with("format", format).with("enum", f.Values)
}

// describe is what people are told of a field.
func describe(f httpadapter.Field) string {
	says := []string{f.Doc}
	if len(f.Grants) > 0 {
		says = append(says, "Only with grant_type "+strings.Join(f.Grants, " or ")+".")
	}
	if len(f.Also) > 0 {
		says = append(says, "It may also be called "+strings.Join(f.Also, " or ")+".")
	}
	if f.Required && f.In&httpadapter.InBody != 0 && f.In != httpadapter.InBody {
		says = append(says, "It is always wanted, in the query or in the body.")
	}
	return strings.Join(says, " ")
}

const formType = "application/x-www-form-urlencoded"

// bodyExamples are the forms that were sent in the recorded calls, but for those that lack
// a field that is always wanted.
func bodyExamples(o *httpadapter.Operation) (list object, err error) {
	for _, e := range examplesOf(o.ID) {
		if e.Request.ContentType != formType || e.Request.Body == "" {
			continue
		}
		value, err := formObject(e.Request.Body, o.Fields)
		if err != nil {
			return nil, fmt.Errorf("apidocs: example %s.%s: %w", e.Operation, e.Name, err)
		}
		if slices.ContainsFunc(o.Fields, func(f httpadapter.Field) bool {
			sent := value.get(f.Name)
			return f.Required && f.In == httpadapter.InBody && (sent == nil || sent == "")
		}) {
			continue
		}
		list = append(list, member{e.Name, object{{"summary", e.Summary}, {"value", value}}})
	}
	return list, nil
}

// formObject returns the fields of a form, in the order in which they were sent, by the
// names that the operation has for them.
func formObject(body string, fields []httpadapter.Field) (o object, err error) {
	for pair := range strings.SplitSeq(body, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name, err = url.QueryUnescape(name); err != nil {
			return nil, err
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return nil, err
		}
		o = append(o, member{nameOf(name, fields), value})
	}
	return o, nil
}

// nameOf is the name of the field that was sent by that one, or that one.
func nameOf(sent string, fields []httpadapter.Field) string {
	for _, f := range fields {
		if f.Name == sent || !f.Exact && strings.EqualFold(f.Name, sent) {
			return f.Name
		}
	}
	return sent
}
