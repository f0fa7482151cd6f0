package apidocs

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

// answers are the responses of an operation by status. Those that stand in several
// operations are references.
func (b *builder) answers(o *httpadapter.Operation) (object, error) {
	var list object
	for _, status := range statusesOf(o) {
		r, err := b.response(o, status)
		if err != nil {
			return nil, err
		}
		if name := b.sharedName(r); name != "" {
			r = object{{"$ref", "#/components/responses/" + name}}
		}
		list = append(list, member{strconv.Itoa(status), r})
	}
	return list, nil
}

// statusesOf are the statuses of an operation, ascending.
func statusesOf(o *httpadapter.Operation) (list []int) {
	for _, a := range o.Answers {
		list = append(list, a.Status)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// response is all that an operation may answer with one status.
func (b *builder) response(o *httpadapter.Operation, status int) (object, error) {
	var says, medias, named []string
	shapes := map[string][]any{} // by media type; of another than JSON, one nil
	for _, a := range o.Answers {
		if a.Status != status {
			continue
		}
		says = append(says, a.Doc)
		if a.Media == "" {
			continue
		}
		if !slices.Contains(medias, a.Media) {
			medias = append(medias, a.Media)
		}
		if key := a.Media + " " + a.Schema; a.Schema != "" && !slices.Contains(named, key) {
			named = append(named, key)
			shapes[a.Media] = append(shapes[a.Media], b.schemas.ref(a.Schema))
		}
	}
	var content object
	for _, m := range medias {
		var shape any // nil: bytes, of which OpenAPI 3.1 says nothing
		switch list := shapes[m]; len(list) {
		case 0:
		case 1:
			shape = list[0]
		default:
			shape = object{{"anyOf", list}}
		}
		examples, err := bodyAnswers(o.ID, status, m)
		if err != nil {
			return nil, err
		}
		content = append(content, member{m, object{}.with("schema", shape).with("examples", examples)})
	}
	return object{{"description", strings.Join(says, " ")}}.with("headers", headersOf(status)).with("content", content), nil
}

// headersOf are the headers that say how to go on after an answer.
func headersOf(status int) object {
	header := func(name, says, kind string) object {
		return object{{name, object{{"description", says}, {"schema", object{{"type", kind}}}}}}
	}
	switch status {
	case http.StatusUnauthorized:
		return header("WWW-Authenticate", "How to authenticate, and what was wrong.", "string")
	case http.StatusServiceUnavailable:
		return header("Retry-After", "After how many seconds to call again.", "string")
	}
	return nil
}

// bodyAnswers are the recorded answers of an operation of that status and media type.
func bodyAnswers(operation string, status int, media string) (list object, err error) {
	for _, e := range examplesOf(operation) {
		if got, _, _ := strings.Cut(e.Response.ContentType, ";"); e.Response.Status != status || got != media || e.Response.Body == nil {
			continue
		}
		if !json.Valid(e.Response.Body) {
			return nil, fmt.Errorf("apidocs: example %s.%s: the body is no JSON", e.Operation, e.Name)
		}
		list = append(list, member{e.Name, object{{"summary", e.Summary}, {"value", e.Response.Body}}})
	}
	return list, nil
}

// countResponses finds the responses that stand in several operations, and names them.
func (b *builder) countResponses(routes []httpadapter.Route) {
	draft := &builder{schemas: newSchemas()}
	times := map[string]int{}
	named := map[string]int{}
	for _, r := range routes {
		if r.Operation == nil {
			continue
		}
		for _, status := range statusesOf(r.Operation) {
			value, err := draft.response(r.Operation, status)
			if err != nil {
				return // found again, and told, where the response is made
			}
			text, _ := encode(value) // which is made of texts
			if times[string(text)]++; times[string(text)] != 2 {
				continue
			}
			name := strings.ReplaceAll(http.StatusText(status), " ", "")
			if named[name]++; named[name] > 1 {
				name += strconv.Itoa(named[name])
			}
			b.responses = append(b.responses, response{name, string(text), value})
		}
	}
}

// sharedName is the name of a response that stands in several operations, or nothing.
func (b *builder) sharedName(r object) string {
	text, _ := encode(r)
	for _, s := range b.responses {
		if s.text == string(text) {
			return s.name
		}
	}
	return ""
}

// shared are the responses that stand in several operations.
func (b *builder) shared() (list object) {
	for _, r := range b.responses {
		list = append(list, member{r.name, r.value})
	}
	return list
}
