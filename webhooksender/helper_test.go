package webhooksender_test

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/ldaptest"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/webhooksender"
)

var key = []byte("0123456789abcdef0123456789abcdef")

// text is a code by SMS.
var text = sallyport.Message{
	Channel: mfa.SMS, Kind: "otp", Topic: "sign-in-code", To: "+447700900123", User: "ann", Code: "482913",
	Text: "482913 is your code for \"Acme\".", Language: "en", Application: "app", Lifetime: time.Minute,
}

// taken is one request that a gateway got.
type taken struct {
	method, path string
	header       http.Header
	body         []byte
}

// gateway is a server that keeps what it gets and answers as it was told.
type gateway struct {
	*httptest.Server

	mu     sync.Mutex
	got    []taken
	answer http.HandlerFunc // nil: 202
}

// startGateway starts one that speaks https.
func startGateway(t *testing.T, answer http.HandlerFunc) *gateway {
	t.Helper()
	g := &gateway{answer: answer}
	g.Server = httptest.NewUnstartedServer(g)
	g.Server.EnableHTTP2 = true
	g.Config.ErrorLog = log.New(io.Discard, "", 0)
	g.StartTLS()
	t.Cleanup(g.Close)
	return g
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	g.mu.Lock()
	g.got = append(g.got, taken{r.Method, r.URL.RequestURI(), r.Header.Clone(), b})
	g.mu.Unlock()
	if g.answer != nil {
		g.answer(w, r)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func (g *gateway) take() []taken {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := g.got
	g.got = nil
	return out
}

// config reaches a gateway, signed.
func (g *gateway) config() webhooksender.Config {
	return webhooksender.Config{URL: g.URL + "/hook?token=hidden-query", Key: key, RootCAs: g.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
}

func newSender(t *testing.T, c webhooksender.Config) *webhooksender.Sender {
	t.Helper()
	s, err := webhooksender.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// one is the only request of those taken, and its body as an object.
func one(t *testing.T, list []taken) (taken, map[string]any) {
	t.Helper()
	if len(list) != 1 {
		t.Fatalf("got %d requests, want one", len(list))
	}
	var out map[string]any
	if err := json.Unmarshal(list[0].body, &out); err != nil {
		t.Fatalf("got %s: %v", list[0].body, err)
	}
	return list[0], out
}

// authority signs the certificates of servers at localhost.
func authority(t *testing.T) *ldaptest.Authority {
	t.Helper()
	a, err := ldaptest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	return a
}
