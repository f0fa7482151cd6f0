package sallyport_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// staff asks a service of the company's own, which keeps the people and their passwords, over
// HTTP. Give it an https URL and a client without redirects, and the service a way to tell
// the engine from others.
type staff struct {
	url  string
	http *http.Client
}

var _ sallyport.Module = staff{}

// Canonical: the service takes names with and without the company's domain, in any case of
// the letters A to Z.
func (s staff) Canonical(typed string) (string, bool) {
	name := strings.TrimSuffix(strings.ToLower(typed), "@company.example")
	return name, !strings.Contains(name, "@")
}

// Check sends the password in a body, and never in a URL, which logs keep.
func (s staff) Check(ctx context.Context, typed, password string) (*sallyport.Principal, error) {
	name, _ := s.Canonical(typed)
	return s.ask(ctx, "/check", map[string]string{"name": name, "password": password})
}

func (s staff) Read(ctx context.Context, key string) (*sallyport.Principal, error) {
	return s.ask(ctx, "/read", map[string]string{"id": key})
}

// ask knows three answers: 200 with a person, 404 for a wrong password or nobody, and that
// nothing could be found out, which whatever else comes is. It puts no body into an error.
func (s staff) ask(ctx context.Context, path string, question map[string]string) (*sallyport.Principal, error) {
	body, err := json.Marshal(question)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := s.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return nil, nil
	default:
		return nil, fmt.Errorf("the service answered %d", res.StatusCode)
	}
	var person struct {
		ID, Name, Mail string
		Left           bool
		Groups         []string
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&person); err != nil {
		return nil, fmt.Errorf("the service answered with no person: %w", err)
	}
	p := &sallyport.Principal{Key: person.ID, Name: person.Name, Email: person.Mail, Disabled: person.Left}
	for _, g := range person.Groups {
		p.Roles = append(p.Roles, sallyport.PrincipalRole{Role: g})
	}
	return p, nil
}

// service stands in for the company's.
func service(w http.ResponseWriter, r *http.Request) {
	var q map[string]string
	if json.NewDecoder(r.Body).Decode(&q) != nil || (q["id"] != "4711" && (q["name"] != "ada" || q["password"] != "correct horse battery")) {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	fmt.Fprint(w, `{"ID": "4711", "Name": "ada", "Mail": "ada@company.example", "Groups": ["Buyer"]}`)
}

// A module of a program's own, over HTTP: the engine asks a service whether a password is
// right, and does the rest.
func ExampleModule() {
	server := httptest.NewServer(http.HandlerFunc(service))
	defer server.Close()
	engine, err := sallyport.New(ctx, sallyport.Config{
		Store: memstore.New(), Keys: sealed.NewKeys(), Issuer: "http://localhost:5000",
		Modules: map[string]sallyport.Module{"Staff": staff{server.URL, server.Client()}},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	for _, name := range []string{"ada", "Ada@company.example", "bob"} {
		result, err := engine.Login(ctx, sallyport.Login{Module: "Staff", Username: name, Password: "correct horse battery"})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(name, result.Outcome)
	}
	// Output:
	// ada Granted
	// Ada@company.example Granted
	// bob Denied
}
