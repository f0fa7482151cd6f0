package main_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	command "github.com/sallyport-auth/sallyport/cmd/sallyport"
)

// TestDocumentationFlag: without the flag the documentation is served where nobody else reaches the
// server, and with it where it says.
func TestDocumentationFlag(t *testing.T) {
	config := func(text string) string { return write(t, filepath.Join(t.TempDir(), "config.json"), text) }
	for _, tt := range []struct {
		name  string
		flags []string
		want  int
	}{
		{"this machine", nil, http.StatusOK},
		{"this machine, switched off", []string{"-documentation=false"}, http.StatusNotFound},
		{"this machine, switched off in the file", []string{"-config", config(`{"documentation": false}`)}, http.StatusNotFound},
		{"this machine, flags win", []string{"-documentation", "-config", config(`{"documentation": "false"}`)}, http.StatusOK},
		{"a public name", []string{"-issuer", "https://id.example.com"}, http.StatusNotFound},
		{"a public name, switched on", []string{"-issuer", "https://id.example.com", "-documentation"}, http.StatusOK},
		{"a public name, switched on in the file", []string{"-issuer", "https://id.example.com", "-config", config(`{"documentation": true}`)}, http.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, append([]string{"-store", "memory:", "-listen", "127.0.0.1:0"}, tt.flags...)...)
			for _, name := range []string{"index.html", "try.js", "openapi.json", "postman_collection.json", "postman_environment.json"} {
				code, _ := s.get("/documentation/" + name)
				equal(t, name, code, tt.want)
			}
		})
	}
}

// TestDocumentationOfServe: the environment has gaps for passwords, whatever the directory says, and
// the outbox where there is one, which no path of the issuer is before.
func TestDocumentationOfServe(t *testing.T) {
	s := serve(t, "-store", "memory:", "-listen", "127.0.0.1:0", "-issuer", "http://127.0.0.1/auth", "-directory", directoryFile(t), "-outbox", filepath.Join(t.TempDir(), "outbox"), "-log-level", "error")
	_, body := s.get("/auth/documentation/postman_environment.json")
	for _, want := range []string{`"http://127.0.0.1/auth"`, `"<Password of the user>"`, `"http://127.0.0.1/dev/outbox"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the environment lacks %s", want)
		}
	}
	if strings.Contains(body, "correct horse") {
		t.Errorf("the environment has a password of the directory:\n%s", body)
	}
}

// TestPageOrigins: the origins of the demo's pages are as browsers write them, whatever was listened on.
func TestPageOrigins(t *testing.T) {
	for issuer, want := range map[string]string{
		"http://127.0.0.1:5000": "http://127.0.0.1:5000 http://localhost:5000 http://[::1]:5000",
		"http://LocalHost:5000": "http://localhost:5000 http://127.0.0.1:5000 http://[::1]:5000",
		"http://[::1]:5000":     "http://[::1]:5000 http://127.0.0.1:5000 http://localhost:5000",
		"http://127.0.0.5:80":   "http://127.0.0.5 http://127.0.0.1 http://localhost http://[::1]",
		"http://[::1]:80":       "http://[::1] http://127.0.0.1 http://localhost",
	} {
		equal(t, issuer, strings.Join(command.PageOrigins(issuer), " "), want)
	}
}
