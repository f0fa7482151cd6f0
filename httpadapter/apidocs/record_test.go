package apidocs_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/httpadapter/apidocs"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// recorder calls a server and writes down what it answers.
type recorder struct {
	t       *testing.T
	kit     *sallyporttest.Kit
	handler *httpadapter.Adapter
	routes  map[string]httpadapter.Route // by the id of the operation
	list    []apidocs.Example
}

const (
	serviceID = sallyporttest.ApplicationID + "_Service"
	webID     = sallyporttest.ApplicationID + "_WebApp"
	ordersAPI = "https://orders.example.com"
	formType  = "application/x-www-form-urlencoded"
)

// newRecorder returns one on a new server, with a client of the platform Service beside
// those of the kit, and a WebApp whose tokens are those of RFC 9068.
func newRecorder(t *testing.T) *recorder {
	t.Helper()
	kit := sallyporttest.New(t, sallyporttest.WithDirectory(func(d *directory.File) {
		d.Clients = append(d.Clients, directory.Client{
			Application: sallyporttest.ApplicationName, Platform: string(token.Service), Scopes: token.KnownScopes(), Introspect: true,
			GrantTypes: []string{token.GrantPassword, token.GrantClientCredentials, token.GrantRefreshToken},
			Secrets:    []directory.Secret{{Value: sallyporttest.ClientSecret}},
		}, directory.Client{
			Application: sallyporttest.ApplicationName, Platform: string(token.WebApp), Scopes: append(token.KnownScopes(), "orders"),
			GrantTypes:   []string{token.GrantVGAuthenticator},
			Secrets:      []directory.Secret{{Value: sallyporttest.ClientSecret}},
			TokenProfile: new(token.ProfileRFC9068), TokenAlgorithm: new(string(token.ES256)), UserInfo: new(token.UserInfoJSON),
		})
		d.Resources = []directory.Resource{{Name: "orders", Kind: string(token.APIResource), Audience: ordersAPI, Claims: []string{"roles"}}}
	}))
	r := &recorder{t: t, kit: kit, handler: kit.Handler().(*httpadapter.Adapter), routes: map[string]httpadapter.Route{}}
	for _, route := range r.handler.Routes() {
		if route.Operation != nil {
			r.routes[route.Operation.ID] = route
		}
	}
	return r
}

// call is what an example says beside what its operation does.
type call struct {
	id      string // the last segment of the path, where it is variable
	query   string
	fields  []string // names and values of a form, in their order
	basic   bool     // the client says by Basic who it is
	bearer  string
	accept  string
	invalid bool // the client's secret is wrong
}

// sends is a call with the fields of a form, and the kit's client.
func sends(fields ...string) call { return call{fields: fields} }

// by is the call of the client of that id, by its secret.
func (c call) by(client string) call {
	c.fields = append(c.fields, "client_id", client, "client_secret", sallyporttest.ClientSecret)
	return c
}

func (c call) native() call  { return c.by(sallyporttest.ClientID) }
func (c call) service() call { return c.by(serviceID) }

// record makes a call, keeps it as an example, and returns the answer.
func (r *recorder) record(operation, name, summary string, c call) answer {
	r.t.Helper()
	e := apidocs.Example{Operation: operation, Name: name, Summary: summary}
	e.Request = r.request(operation, c)
	body := r.do(&e)
	r.list = append(r.list, e)
	return answer{r.t, e.Operation + "." + e.Name, e.Response, body}
}

func (r *recorder) request(operation string, c call) apidocs.Request {
	route, ok := r.routes[operation]
	if !ok {
		r.t.Fatalf("there is no operation %q", operation)
	}
	path, variable, found := strings.Cut(route.Path, "{")
	if found {
		path += c.id
	} else if c.id != "" {
		r.t.Fatalf("%s has no variable segment, but %q was named", operation, variable)
	}
	if c.query != "" {
		path += "?" + c.query
	}
	q := apidocs.Request{Method: route.Method, Path: path, Accept: c.accept}
	if c.bearer != "" {
		q.Authorization = "Bearer " + c.bearer
	}
	if c.basic {
		secret := sallyporttest.ClientSecret
		if c.invalid {
			secret = "wrong"
		}
		q.Authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(sallyporttest.ClientID+":"+secret))
	}
	if len(c.fields) > 0 {
		q.ContentType = formType
		var pairs []string
		for i := 0; i < len(c.fields); i += 2 {
			pairs = append(pairs, url.QueryEscape(c.fields[i])+"="+url.QueryEscape(c.fields[i+1]))
		}
		q.Body = strings.Join(pairs, "&")
	}
	return q
}

// do sends the request of an example, and fills in the answer.
func (r *recorder) do(e *apidocs.Example) []byte {
	req := httptest.NewRequest(e.Request.Method, sallyporttest.Issuer+e.Request.Path, strings.NewReader(e.Request.Body))
	for name, value := range map[string]string{"Authorization": e.Request.Authorization, "Accept": e.Request.Accept, "Content-Type": e.Request.ContentType} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, req)
	body := w.Body.Bytes()
	e.Response = apidocs.Response{Status: w.Code, ContentType: w.Header().Get("Content-Type"), Challenge: w.Header().Get("WWW-Authenticate")}
	if strings.HasPrefix(e.Response.ContentType, "application/json") {
		e.Response.Body = json.RawMessage(body)
	}
	return body
}

// answer is what an example was answered with.
type answer struct {
	t    *testing.T
	name string
	apidocs.Response
	body []byte
}

// want fails the test unless the answer has that status and holds all of these.
func (a answer) want(status int, parts ...string) answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("%s: got %d %s, want %d", a.name, a.Status, a.body, status)
	}
	for _, p := range parts {
		if !strings.Contains(string(a.body), p) {
			a.t.Fatalf("%s: got %s, want %q in it", a.name, a.body, p)
		}
	}
	return a
}

// text is a member of the answer, by the names that lead to it.
func (a answer) text(path ...string) string {
	a.t.Helper()
	var doc any
	if err := json.Unmarshal(a.body, &doc); err != nil {
		a.t.Fatal(err)
	}
	for _, name := range path {
		m, _ := doc.(map[string]any)
		doc = m[name]
	}
	s, _ := doc.(string)
	if s == "" {
		a.t.Fatalf("%s: got %s, want %v in it", a.name, a.body, path)
	}
	return s
}

// request is the RequestId of an answer.
func (a answer) request() string { a.t.Helper(); return a.text("VGResponse", "RequestId") }

// option is the id of the option of those display names.
func (a answer) option(transport, mode string) string {
	a.t.Helper()
	var doc struct {
		VGResponse struct {
			AuthenticationResponse struct {
				MFAAvailables []struct{ TransportModeDisplay, AuthenticationModeDisplay, ID string }
			}
		}
	}
	if err := json.Unmarshal(a.body, &doc); err != nil {
		a.t.Fatal(err)
	}
	for _, o := range doc.VGResponse.AuthenticationResponse.MFAAvailables {
		if o.TransportModeDisplay == transport && o.AuthenticationModeDisplay == mode {
			return o.ID
		}
	}
	a.t.Fatalf("%s: got %s, want the option %s %s", a.name, a.body, transport, mode)
	return ""
}

// first is a member of the first object of a list.
func (a answer) first(name string) string {
	a.t.Helper()
	var list []map[string]any
	if err := json.Unmarshal(a.body, &list); err != nil || len(list) == 0 {
		a.t.Fatalf("%s: got %s, %v, want a list", a.name, a.body, err)
	}
	s, _ := list[0][name].(string)
	return s
}
