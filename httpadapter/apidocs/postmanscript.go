package apidocs

import (
	_ "embed" // the scripts
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

// What scripts of requests call, by the word that a line of theirs has where it does.
var (
	//go:embed scripts/totp.js
	totpScript string
	//go:embed scripts/mailed.js
	mailedScript string
	//go:embed scripts/needs.js
	needsScript string

	helpers = []struct{ call, script string }{{"needs(", needsScript}, {"totp(", totpScript}, {"mailed(", mailedScript}, {"noteCodes(", mailedScript}}
)

// events are the scripts of a step: what it needs and computes before, what it tests and keeps
// after. The operation is nil for a page.
func (s *step) events(o *httpadapter.Operation) (list []postmanEvent) {
	var before []string
	if s.needs != nil {
		before = append(before, "needs('"+strings.Join(s.needs, "', '")+"')")
	}
	before = append(before, s.before...)
	for _, h := range slices.Backward(helpers) {
		if slices.ContainsFunc(before, func(line string) bool { return strings.HasPrefix(line, h.call) }) {
			before = append(strings.Split(strings.TrimSpace(h.script), "\n"), before...)
		}
	}
	if before != nil {
		list = append(list, event("prerequest", before))
	}
	return append(list, event("test", s.after(o)))
}

func event(listen string, lines []string) postmanEvent {
	return postmanEvent{listen, postmanScript{"text/javascript", lines}}
}

// after are the lines that judge an answer and keep what later requests need.
func (s *step) after(o *httpadapter.Operation) (lines []string) {
	test := func(says, line string) { lines = append(lines, fmt.Sprintf("pm.test('%s', () => { %s })", says, line)) }
	if s.status != 0 {
		test(fmt.Sprintf("the status is %d", s.status), fmt.Sprintf("pm.response.to.have.status(%d)", s.status))
	}
	if o == nil {
		lines = append(lines, "const page = pm.response.text()")
	} else {
		lines = append(lines,
			"const type = (pm.response.headers.get('Content-Type') || '').split(';')[0]",
			"const answer = type === 'application/json' ? pm.response.json() : undefined",
			"const documented = "+documented(o)+"[pm.response.code + ' ' + type]")
		test("the documentation names such an answer", "pm.expect(documented).to.be.an('array')")
		test("it has the members that the documentation names", "pm.expect(documented.some((keys) => keys.every((key) => key in Object(answer)))).to.equal(true)")
	}
	test("no cache may keep the answer", "pm.expect(pm.response.headers.get('Cache-Control')).to.include('no-store')")
	if s.state != 0 || s.readsState() {
		lines = append(lines,
			"const status = answer.VGResponse.AuthenticationState.Status",
			"const enrols = (status & 268435456) !== 0")
	}
	if s.state != 0 {
		test(s.state.String(), fmt.Sprintf("pm.expect(status).to.equal(%d)", s.state))
	}
	for _, v := range s.keep {
		if v.text == "undefined" {
			lines = append(lines, "pm.environment.unset('"+v.name+"')")
		} else {
			lines = append(lines, "pm.environment.set('"+v.name+"', "+v.text+")")
		}
	}
	for _, e := range s.tests {
		test(e.says, e.line)
	}
	return lines
}

// readsState reports whether what is kept depends on the state.
func (s *step) readsState() bool {
	return slices.ContainsFunc(s.keep, func(v value) bool { return strings.HasPrefix(v.text, "enrols") })
}

// documented are the answers of an operation as an object of a script: by status and type, the
// members that each of its shapes has to have.
func documented(o *httpadapter.Operation) string {
	shapes := newSchemas()
	byKind := map[string][]string{}
	for _, a := range o.Answers {
		if a.Status >= http.StatusInternalServerError {
			continue
		}
		var members []string
		if a.Schema != "" {
			shapes.add(a.Schema)
			shape, _ := shapes.list.get(a.Schema).(object)
			members, _ = shape.get("required").([]string)
		}
		kind, keys := fmt.Sprintf("'%d %s'", a.Status, a.Media), "[]"
		if members != nil {
			keys = "['" + strings.Join(members, "', '") + "']"
		}
		if !slices.Contains(byKind[kind], keys) {
			byKind[kind] = append(byKind[kind], keys)
		}
	}
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(byKind)) {
		parts = append(parts, kind+": ["+strings.Join(byKind[kind], ", ")+"]")
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}
