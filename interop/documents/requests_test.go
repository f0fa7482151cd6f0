package documents_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/interop/internal/contract"
	"github.com/sallyport-auth/sallyport/interop/internal/served"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
	"github.com/sallyport-auth/sallyport/totp"
)

// TestP16Requests sends 2,000 requests that fast-check makes of the document, 100,000 in
// its long form. No answer may be a fault of the server, and each has to be one of the
// document's.
func TestP16Requests(t *testing.T) {
	served.NeedNode(t)
	runs, seed := 2_000, int64(1)
	if os.Getenv("SALLYPORT_LONG") != "" {
		runs, seed = 100_000, time.Now().UnixNano()%1e9
	}
	if s, err := strconv.ParseInt(os.Getenv("SALLYPORT_SEED"), 10, 64); err == nil {
		seed = s
	}
	s := newTarget(t)
	began := time.Now()
	t.Logf("SALLYPORT_SEED=%d", seed)
	printed := served.LongScript(t, 2*time.Hour, "node/requests.mjs", append(s.env(t), "RUNS="+strconv.Itoa(runs), "SEED="+strconv.FormatInt(seed, 10))...)
	var figures struct {
		Sent     int
		Statuses map[string]int
	}
	if err := json.Unmarshal([]byte(printed), &figures); err != nil || figures.Sent < runs {
		t.Fatalf("got %s, %v, want %d requests", printed, err, runs)
	}
	t.Logf("%d requests in %.0f s: %v", figures.Sent, time.Since(began).Seconds(), figures.Statuses)
	for status, n := range figures.Statuses {
		if status[0] == '5' {
			t.Errorf("got %d answers with status %s", n, status)
		}
	}
	seen := s.contract.Seen()
	for _, id := range s.contract.Operations() {
		if seen[id+" 200"] == 0 {
			t.Logf("%s was never answered with status 200", id)
		}
	}
}

// target is a server whose answers are held to its document.
type target struct {
	kit      *sallyporttest.Kit
	adapter  *httpadapter.Adapter
	contract *contract.Contract
	server   *httptest.Server
	users    []string

	mu     sync.Mutex
	faults int
}

const mailPath = "/mail-of-the-test"

func newTarget(t *testing.T) *target {
	t.Helper()
	s := &target{kit: sallyporttest.New(t,
		sallyporttest.WithAdapter(func(o *httpadapter.Options) { o.AnswerLinksAtOnce, o.CompatValidateByGet = true, true }),
		sallyporttest.WithDirectory(withAll))}
	for i := range 24 {
		u := sallyporttest.User{Name: "user" + strconv.Itoa(i)}
		switch i % 4 {
		case 1:
			u.Email, u.EmailValidated = u.Name+"@example.com", true
		case 2:
			u.Mobile, u.MobileValidated = "+336123456"+strconv.Itoa(10+i), true
		case 3:
			u.MFA = new(true)
		}
		s.users = append(s.users, s.kit.AddUser(t, u).Name)
	}
	s.adapter = s.kit.Handler().(*httpadapter.Adapter)
	s.contract = contract.Of(t, s.adapter, sallyporttest.Issuer)
	s.server = httptest.NewServer(s.serve(t))
	t.Cleanup(s.server.Close)
	return s
}

// withAll is a directory whose clients may do what there is.
func withAll(d *directory.File) {
	d.Clients[0].GrantTypes = append(d.Clients[0].GrantTypes, token.GrantPassword)
	d.Clients[0].Modules = []string{"VGUser", "Passwordless"}
	d.Clients = append(d.Clients, directory.Client{
		Application: sallyporttest.ApplicationName, Platform: string(token.Service), Scopes: token.KnownScopes(), Introspect: true, SpeaksForUsers: true,
		GrantTypes: []string{token.GrantVGAuthenticator, token.GrantPassword, token.GrantClientCredentials, token.GrantRefreshToken},
		Secrets:    []directory.Secret{{Value: sallyporttest.ClientSecret}},
	}, directory.Client{
		Application: sallyporttest.ApplicationName, Platform: string(token.WebApp), Scopes: append(token.KnownScopes(), "orders"), Resume: true, LinkNumber: true,
		GrantTypes:   []string{token.GrantVGAuthenticator, token.GrantRefreshToken},
		Secrets:      []directory.Secret{{Value: sallyporttest.ClientSecret}},
		TokenProfile: new(token.ProfileRFC9068), TokenAlgorithm: new(string(token.EdDSA)), UserInfo: new(token.UserInfoJSON),
	})
	d.Resources = []directory.Resource{{Name: "orders", Kind: string(token.APIResource), Audience: "https://orders.example.com"}}
}

// serve is the adapter, whose answers are held to the document. A call takes a second on
// the clock, so that what is limited by the minute is not what answers.
func (s *target) serve(t *testing.T) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == mailPath {
			_ = json.NewEncoder(w).Encode(s.mail(r.Context(), r.FormValue("request"))) // nobody else asks
			return
		}
		s.kit.Clock.Advance(time.Second)
		kept := httptest.NewRecorder()
		s.adapter.ServeHTTP(kept, r)
		if err := s.contract.Check(r, kept.Code, kept.Header(), kept.Body.Bytes()); err != nil {
			s.mu.Lock()
			if s.faults++; s.faults <= 20 { // enough to see what it is
				t.Errorf("%s %s answered %d: %v", r.Method, r.URL, kept.Code, err)
			}
			s.mu.Unlock()
		}
		for name, values := range kept.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(kept.Code)
		_, _ = w.Write(kept.Body.Bytes()) // the script finds what is cut short
	})
}

// mail is what the last messages hold, the newest first, and before it what an authenticator
// shows that this request enrols.
func (s *target) mail(ctx context.Context, request string) map[string][]string {
	out := map[string][]string{"codes": {}, "keys": {}, "links": {}}
	if key, err := s.kit.Engine.BeginTOTP(ctx, sallyport.EnrollmentCall{RequestID: request}); err == nil {
		if secret, err := totp.ParseSecret(key.Secret); err == nil {
			out["codes"] = append(out["codes"], secret.Code(totp.Step(s.kit.Clock.Now())))
		}
	}
	all := s.kit.Outbox.Messages()
	all = all[max(0, len(all)-20):]
	for _, m := range slices.Backward(all) {
		if m.Code != "" {
			out["codes"] = append(out["codes"], m.Code)
		}
		if last := path.Base(m.Link); m.Kind == "link" {
			out["links"] = append(out["links"], last)
		} else if m.Link != "" {
			out["keys"] = append(out["keys"], last)
		}
	}
	return out
}

// env tells the script of the server.
func (s *target) env(t *testing.T) []string {
	t.Helper()
	type page struct {
		Method string `json:"method"`
		Path   string `json:"path"`
	}
	var pages []page
	for _, r := range s.adapter.Routes() {
		if r.Page {
			pages = append(pages, page{r.Method, r.Path})
		}
	}
	value := func(v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	clients := [][2]string{{sallyporttest.PublicClientID, ""}}
	for _, platform := range []token.Platform{token.Native, token.Service, token.WebApp} {
		clients = append(clients, [2]string{sallyporttest.ApplicationID + "_" + string(platform), sallyporttest.ClientSecret})
	}
	return []string{
		"ISSUER=" + s.server.URL, "DOCUMENT=" + documentOf(t, s.adapter, sallyporttest.Issuer), "PAGES=" + value(pages), "MAIL=" + mailPath,
		"USERS=" + value(s.users), "CLIENTS=" + value(clients), "ORIGIN=" + sallyporttest.PublicOrigin, "PASSWORD=" + sallyporttest.Password, "SCOPES=" + strings.Join(token.KnownScopes(), " "),
	}
}
