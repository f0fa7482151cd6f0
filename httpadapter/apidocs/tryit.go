package apidocs

import (
	"strings"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

// filled returns what stands in the fields of an operation, by their names: what the collection
// for Postman has, with the values of the example in the place of its variables. What only an
// answer brings is a word in capital letters for gaps, and else nothing.
func (m *maker) filled(o *httpadapter.Operation, gaps bool) map[string]string {
	list := map[string]string{}
	s := special()[strings.TrimSuffix(o.ID, "Get")]
	if s.fields == nil {
		s.fields = standard(o)
	}
	for _, f := range o.Fields {
		if f.Name == "client_id" || f.Name == "client_secret" {
			list[f.Name] = values[f.Name]
		}
	}
	for _, v := range s.fields {
		list[v.name] = v.text
	}
	known := map[string]string{}
	for _, v := range m.demo.variables(m.issuer) {
		known[v.Key] = v.Value
	}
	for name, text := range list {
		variable, ok := strings.CutPrefix(text, "{{")
		if !ok {
			continue
		}
		variable = strings.TrimSuffix(variable, "}}")
		list[name] = known[variable]
		if known[variable] == "" && gaps {
			list[name] = gapWord(variable)
		}
	}
	return list
}

// gapWord is a word for what only an answer brings, such as REQUEST_ID.
func gapWord(variable string) string {
	switch variable {
	case varRequest, varNewID:
		return "REQUEST_ID"
	case varOption:
		return "OPTION_ID"
	case varCode:
		return "CODE"
	case varBearer, varMachine:
		return "ACCESS_TOKEN"
	case varRefresh:
		return "REFRESH_TOKEN"
	case varPermit:
		return "PERMISSION_ID"
	}
	return strings.ToUpper(variable)
}

// curl is the operation as a line for a shell.
func (m *maker) curl(r *httpadapter.Route) string {
	o := r.Operation
	given := m.filled(o, true)
	address, query, parts := m.issuer+r.Path, []string{}, []string{}
	for _, f := range o.Fields {
		text, ok := given[f.Name]
		switch {
		case !ok:
		case f.In&httpadapter.InPath != 0:
			address = strings.ReplaceAll(address, "{"+f.Name+"}", text)
		case f.In&httpadapter.InBody != 0 && (o.Form || o.JSON):
			parts = append(parts, "--data-urlencode "+quote(f.Name+"="+text))
		default:
			query = append(query, f.Name+"="+text)
		}
	}
	if len(query) > 0 {
		address += "?" + strings.Join(query, "&")
	}
	if o.Caller == httpadapter.ByBearer {
		parts = append([]string{"-H 'Authorization: Bearer ACCESS_TOKEN'"}, parts...)
	}
	if r.Method != "GET" && len(parts) == 0 || r.Method == "POST" && o.Caller == httpadapter.ByBearer {
		parts = append([]string{"-X " + r.Method}, parts...)
	}
	return strings.Join(append([]string{"curl " + quote(address)}, parts...), " \\\n  ")
}

// quote returns a text as one word of a shell.
func quote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// tryForm is the form that calls an operation.
type tryForm struct {
	Method, Path string
	Inputs       []tryInput
}

// tryInput is a field of a form. In is where the script puts it: path, query, body or header.
type tryInput struct {
	ID, Name, Label string
	In              string
	Required        bool
	Value           string
	Values          []string
	Type, Complete  string // attributes
}

// form is the form of an operation. A secret that could stand in an address alone has no field.
func (m *maker) form(r *httpadapter.Route) *tryForm {
	o := r.Operation
	form := &tryForm{Method: r.Method, Path: r.Path}
	if o.Caller == httpadapter.ByBearer {
		form.Inputs = append(form.Inputs, tryInput{ID: o.ID + "-Authorization", Name: "Authorization", Label: "Access token", In: "header", Type: "password", Complete: "new-password"})
	}
	given := m.filled(o, false)
	for _, f := range o.Fields {
		in := tryInput{ID: o.ID + "-" + f.Name, Name: f.Name, Label: f.Name, In: "query", Required: f.Required, Value: given[f.Name], Values: f.Values, Type: "text", Complete: "off"}
		switch {
		case f.In&httpadapter.InPath != 0:
			in.In = "path"
		case f.In&httpadapter.InBody != 0 && (o.Form || o.JSON):
			in.In = "body"
		}
		if f.Secret {
			if in.In != "body" {
				continue
			}
			in.Type, in.Complete = "password", "new-password" // no browser fills it in
		}
		form.Inputs = append(form.Inputs, in)
	}
	return form
}
