package browser_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/interop/internal/served"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/weblogin"
)

// TestRepeats sends each form of the table in docs/pages.md in a browser without scripts, in
// each of its ways, and wants what the table says.
func TestRepeats(t *testing.T) {
	t.Parallel()
	served.NeedBrowser(t)
	table := repeatsTable(t)
	cells := 0
	sites := map[string]string{} // where a cell has a host of its own
	for form, ways := range table {
		sites[form] = serveHost(t) // sent once
		for way := range ways {
			sites[form+"/"+way] = serveHost(t)
			cells++
		}
	}
	raw, err := json.Marshal(map[string]any{"table": table, "sites": sites})
	if err != nil {
		t.Fatal(err)
	}
	done, findings := script(t, "repeats.mjs", "REPEATS="+string(raw), "PASSWORD="+sallyporttest.Password)
	if len(done) != cells || cells == 0 {
		t.Errorf("got %d cells, want the %d of docs/pages.md", len(done), cells)
	}
	for _, finding := range findings {
		t.Error(finding)
	}
}

// repeatsTable is the table of docs/pages.md: outcomes by form and way.
func repeatsTable(t *testing.T) map[string]map[string]string {
	t.Helper()
	here, err := served.Interop()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(here, "..", "docs", "pages.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(raw), "\n| form |")
	if !found {
		t.Fatal("docs/pages.md has no table of forms")
	}
	text, _, _ := strings.Cut(rest, "\n\n")
	lines := strings.Split(text, "\n")
	row := func(line string) (cells []string) {
		for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		return cells
	}
	ways, table := row(lines[0]), map[string]map[string]string{}
	for _, line := range lines[2:] {
		cells := row(line)
		if len(cells) != len(ways)+1 {
			t.Fatalf("docs/pages.md: %q has %d cells, want %d", line, len(cells), len(ways)+1)
		}
		table[cells[0]] = map[string]string{}
		for i, way := range ways {
			table[cells[0]][way] = cells[i+1]
		}
	}
	return table
}

// host is one with the pages and a few people, whose clock the script turns.
type host struct {
	*sallyporttest.Kit
	app http.Handler

	mu   sync.Mutex
	slow chan struct{} // the answer to the next form waits until it is closed; nil: none does
	held chan struct{} // closed once an answer waits
}

// serveHost serves one, and returns where.
func serveHost(t *testing.T) (base string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base = "http://" + ln.Addr().String()
	h := &host{Kit: sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Issuer, c.Application = base, sallyporttest.ApplicationName
		c.SignUp = &sallyport.SignUp{Roles: []string{sallyporttest.RoleName}}
	}))}
	h.AddUser(t, sallyporttest.User{Name: "bob"})
	h.AddUser(t, sallyporttest.User{Name: "ada", Email: "ada@example.com", EmailValidated: true})
	h.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	h.AddUser(t, sallyporttest.User{Name: "mia", MustChangePassword: true})
	g, err := guard.New(h.Engine, guard.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := weblogin.New(g, weblogin.Options{Name: "Example"})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", g.Require(guard.Anonymous)(says("home")))
	mux.Handle("GET /members", g.Require(guard.Role(sallyporttest.RoleName))(says("members")))
	mux.Handle("GET /vault", g.Require(guard.Factor(5*time.Minute))(says("vault")))
	mux.HandleFunc("POST /test/later", func(_ http.ResponseWriter, r *http.Request) {
		if d, err := time.ParseDuration(r.FormValue("by")); err == nil {
			h.Clock.Advance(d)
		}
	})
	mux.HandleFunc("POST /test/code", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, h.Person("tom").Authenticator.Code())
	})
	mux.HandleFunc("POST /test/slow", func(http.ResponseWriter, *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.slow, h.held = make(chan struct{}), make(chan struct{})
	})
	mux.HandleFunc("POST /test/held", func(http.ResponseWriter, *http.Request) { <-h.held })
	h.app = pages.Wrap(mux)
	s := &http.Server{Handler: h}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Serve(ln) // it is closed
	}()
	t.Cleanup(func() { s.Close(); <-ended })
	return base
}

// says is a page of the host's.
func says(what string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>%[1]s</title><h1>%[1]s</h1>`, what)
	})
}

// ServeHTTP serves the app. Where the script has asked for it, the answer to a form does not
// leave before the form was sent once more, as by a double click.
func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || strings.HasPrefix(r.URL.Path, "/test/") {
		h.app.ServeHTTP(w, r)
		return
	}
	again := h.repeated()
	if again == nil {
		h.app.ServeHTTP(w, r)
		return
	}
	h.app.ServeHTTP(httptest.NewRecorder(), r) // the browser has turned to the second by then
	select {
	case <-again:
	case <-r.Context().Done():
	}
}

// repeated returns what is closed once the form was sent again; nil: nothing waits for that.
func (h *host) repeated() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.slow == nil {
		return nil
	}
	select {
	case <-h.held:
		close(h.slow)
		h.slow = nil
		return nil
	default:
		close(h.held)
		return h.slow
	}
}
