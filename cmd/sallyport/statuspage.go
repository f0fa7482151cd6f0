package main

import (
	"bytes"
	_ "embed" // the page
	"html/template"
	"net/http"

	"github.com/sallyport-auth/sallyport"
)

// statusPath is where a status is explained, beside the outbox.
const statusPath = "/dev/status"

var (
	//go:embed status.html
	statusHTML string

	statusTemplate = template.Must(template.New("status").Parse(statusHTML))
)

// statusPage says what the status of an answer means, to whoever sits at this machine.
type statusPage struct{ develop }

// ServeHTTP answers GET with a page: of the status that q names, else of all.
func (p *statusPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !p.allows(w, r, "This page") {
		return
	}
	v := struct {
		Style template.CSS
		Asked string
		Wrong string
		List  []sallyport.StatusMeaning
	}{Style: template.CSS(outboxCSS), Asked: r.URL.Query().Get("q"), List: sallyport.StatusMeanings()}
	if v.Asked != "" {
		var err error
		if v.List, err = lookUp(v.Asked); err != nil {
			v.Wrong = err.Error()
		}
	}
	var b bytes.Buffer
	if err := statusTemplate.Execute(&b, v); err != nil {
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	if v.Wrong != "" {
		w.WriteHeader(http.StatusNotFound)
	}
	_, _ = w.Write(b.Bytes()) // a reader who has gone is told nothing
}
