// Package contract holds answers to the OpenAPI document of the server that gives them, by
// a foreign validator.
package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/httpadapter/apidocs"
)

// Contract is a document, and how often an answer was held to it. Make one with [Of] or
// [Read]. Its methods may be called from any number of goroutines.
type Contract struct {
	doc  *openapi3.T
	base string // the path of the issuer

	mu   sync.Mutex
	seen map[string]int  // by operation and status
	good map[string]bool // short answers that were found good, as most are the same few
}

// Of returns the contract of an adapter with that issuer.
func Of(t testing.TB, a *httpadapter.Adapter, issuer string) *Contract {
	t.Helper()
	raw, err := apidocs.OpenAPI(a.Routes(), apidocs.About{Issuer: issuer})
	if err != nil {
		t.Fatal(err)
	}
	return Read(t, raw, issuer)
}

// Read returns the contract of a document, after the validator has found nothing wrong with
// it. Objects are closed: a member that the document does not have is a fault.
func Read(t testing.TB, raw []byte, issuer string) *Contract {
	t.Helper()
	at, err := url.Parse(issuer)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := load(closed(t, raw))
	if err != nil {
		t.Fatal(err)
	}
	return &Contract{doc: doc, base: at.Path, seen: map[string]int{}, good: map[string]bool{}}
}

// load reads a document and has it validated, examples included.
func load(raw []byte) (*openapi3.T, error) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(raw)
	if err != nil {
		return nil, err
	}
	return doc, doc.Validate(loader.Context, openapi3.EnableExamplesValidation())
}

// closed forbids members that an object of the document does not have.
func closed(t testing.TB, raw []byte) []byte {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	for _, s := range doc["components"].(map[string]any)["schemas"].(map[string]any) {
		s := s.(map[string]any)
		if _, open := s["additionalProperties"]; s["type"] == "object" && !open {
			s["additionalProperties"] = false
		}
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// Seen returns how often each operation has given each status, such as "token 400".
func (c *Contract) Seen() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]int{}
	for k, n := range c.seen {
		out[k] = n
	}
	return out
}

// Operations returns the ids of the operations of the document.
func (c *Contract) Operations() (list []string) {
	for _, item := range c.doc.Paths.Map() {
		for _, o := range item.Operations() {
			list = append(list, o.OperationID)
		}
	}
	return list
}

// Transport sends requests by next, and fails the test where an answer is not one of the
// document's. It looks at what is below the issuer's path alone.
func (c *Contract) Transport(t testing.TB, next http.RoundTripper) http.RoundTripper {
	return trip(func(r *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		if err != nil {
			return resp, err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		resp.Body = io.NopCloser(bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		if err := c.Check(r, resp.StatusCode, resp.Header, body); err != nil {
			t.Errorf("%s %s answered %d: %v", r.Method, r.URL.Path, resp.StatusCode, err)
		}
		return resp, nil
	})
}

type trip func(r *http.Request) (*http.Response, error)

// RoundTrip sends a request.
func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Check holds an answer to the document.
func (c *Contract) Check(r *http.Request, status int, header http.Header, body []byte) error {
	path, item := c.item(r.URL.EscapedPath())
	if item == nil || r.Method == http.MethodHead || r.Method == http.MethodOptions {
		return nil // a page, or nothing of ours
	}
	operation := item.GetOperation(r.Method)
	if operation == nil {
		if status != http.StatusMethodNotAllowed && status != http.StatusMisdirectedRequest {
			return fmt.Errorf("the document has no such method, and the answer is not %d", http.StatusMethodNotAllowed)
		}
		return nil
	}
	kind := fmt.Sprintf("%s %d", operation.OperationID, status)
	whole := kind + "\n" + header.Get("Content-Type") + "\n" + header.Get("WWW-Authenticate") + header.Get("Retry-After") + "\n" + string(body)
	c.mu.Lock()
	c.seen[kind]++
	known := c.good[whole]
	c.mu.Unlock()
	if known {
		return nil
	}
	route := &routers.Route{Spec: c.doc, Path: path, PathItem: item, Method: r.Method, Operation: operation}
	if err := compare(route, r, status, header, body); err != nil {
		return err
	}
	if len(whole) < 400 {
		c.mu.Lock()
		c.good[whole] = true
		c.mu.Unlock()
	}
	return nil
}

// compare has the validator look at an answer.
func compare(route *routers.Route, r *http.Request, status int, header http.Header, body []byte) error {
	if response := route.Operation.Responses.Status(status); response != nil && len(response.Value.Content) == 0 && len(body) > 0 {
		return errors.New("there is a body where the document has none")
	}
	return openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, Route: route},
		Status:                 status, Header: header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
}

// item finds a path as the server does: without regard to ASCII case and to one slash at
// the end.
func (c *Contract) item(escaped string) (string, *openapi3.PathItem) {
	path := strings.TrimSuffix(strings.ToLower(escaped), "/")
	path, below := strings.CutPrefix(path, strings.ToLower(c.base))
	if !below {
		return "", nil
	}
	for known, item := range c.doc.Paths.Map() {
		before, _, variable := strings.Cut(strings.ToLower(known), "{")
		last, found := strings.CutPrefix(path, before)
		if path == before && !variable || variable && found && last != "" && !strings.Contains(last, "/") {
			return known, item
		}
	}
	return "", nil
}
