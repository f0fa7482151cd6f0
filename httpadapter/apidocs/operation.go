package apidocs

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

// shownOperation is an operation as the page shows it.
type shownOperation struct {
	ID, Method, Path string
	Doc, Text        string
	Caller, Body     string // who may call, and in which form a body comes
	Fields           []shownField
	Answers          []shownAnswer
	Examples         []shownExample
	Curl             string
	Form             *tryForm
}

type shownField struct {
	httpadapter.Field
	Where string // "required, in the body"
}

type shownAnswer struct {
	Status int
	Kind   string
	Doc    string
}

type shownExample struct{ Title, Text string }

// callers say who may call.
var callers = map[httpadapter.Caller]string{
	httpadapter.Anyone:          "Anybody may call.",
	httpadapter.ByClient:        "A client calls, with client_id and client_secret in the body or by HTTP Basic.",
	httpadapter.ByRequestClient: "The client that made the request calls, with client_id and client_secret in the body or by HTTP Basic.",
	httpadapter.ByBearer:        "Whoever holds an access token calls, with Authorization: Bearer.",
}

// show returns an operation as the page shows it.
func (m *maker) show(r *httpadapter.Route) shownOperation {
	o := r.Operation
	shown := shownOperation{ID: o.ID, Method: r.Method, Path: r.Path, Doc: o.Doc, Text: o.Text, Caller: callers[o.Caller], Curl: m.curl(r), Form: m.form(r)}
	switch {
	case o.Form && o.JSON:
		shown.Body = "The body is a form or a JSON object."
	case o.Form:
		shown.Body = "The body is a form."
	}
	for _, f := range o.Fields {
		shown.Fields = append(shown.Fields, shownField{f, where(&f)})
	}
	for _, a := range slices.SortedStableFunc(slices.Values(o.Answers), func(a, b httpadapter.Answer) int { return a.Status - b.Status }) {
		kind := a.Schema
		if kind == "" {
			kind = a.Media
		}
		shown.Answers = append(shown.Answers, shownAnswer{a.Status, kind, a.Doc})
	}
	for _, e := range examplesOf(o.ID) {
		shown.Examples = append(shown.Examples, showExample(&e))
	}
	return shown
}

// showExample is a recorded call as people read it: what was sent, and what came.
func showExample(e *Example) shownExample {
	lines := []string{e.Request.Method + " " + e.Request.Path}
	add := func(name, value string) {
		if value != "" {
			lines = append(lines, name+": "+value)
		}
	}
	add("Authorization", e.Request.Authorization)
	add("Accept", e.Request.Accept)
	add("Content-Type", e.Request.ContentType)
	if e.Request.Body != "" {
		lines = append(lines, "", e.Request.Body)
	}
	lines = append(lines, "", fmt.Sprintf("%d %s", e.Response.Status, http.StatusText(e.Response.Status)))
	add("Content-Type", e.Response.ContentType)
	add("WWW-Authenticate", e.Response.Challenge)
	if e.Response.Body != nil {
		lines = append(lines, "", string(e.Response.Body))
	}
	return shownExample{fmt.Sprintf("%d: %s", e.Response.Status, e.Summary), strings.Join(lines, "\n")}
}

// where says where a field stands, and whether it has to.
func where(f *httpadapter.Field) string {
	var places []string
	for _, p := range []struct {
		place httpadapter.Place
		name  string
	}{{httpadapter.InPath, "path"}, {httpadapter.InQuery, "query"}, {httpadapter.InBody, "body"}} {
		if f.In&p.place != 0 {
			places = append(places, p.name)
		}
	}
	text := "in the " + strings.Join(places, " or the ")
	if f.Required {
		text = "required, " + text
	}
	return text
}
