package browser_test

import (
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/scantest"
	"github.com/sallyport-auth/sallyport/interop/internal/served"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// openServed makes a page that is served at its issuer, so that a browser can open its
// link as it stands.
func openServed(t *testing.T, page scantest.Page) *scantest.Opened {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := page.Open(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Issuer = "http://" + ln.Addr().String() }))
	s := &http.Server{Handler: o.Kit.Handler()}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Serve(ln) // it is closed
	}()
	t.Cleanup(func() { s.Close(); <-ended })
	return o
}

// TestRobotChangesNothing: a mail scanner that renders pages in a browser and follows
// links approves, denies and spends nothing, and the owner then does what each page is
// for. An enrolment, whose link is in no mail, is bound to the first browser that a
// person could sit at, and nothing is enrolled.
func TestRobotChangesNothing(t *testing.T) {
	t.Parallel()
	served.NeedBrowser(t)
	pages := scantest.Pages()
	var opened []*scantest.Opened
	var before []scantest.State
	var links []string
	for _, page := range pages {
		o := openServed(t, page)
		opened, before, links = append(opened, o), append(before, scantest.StateOf(t, o.Kit)), append(links, o.Link)
	}
	steps, _ := script(t, "robot.mjs", "LINKS="+strings.Join(links, " "))
	if len(steps) != len(pages) {
		t.Fatalf("got %d links opened, want %d", len(steps), len(pages))
	}
	for i, page := range pages {
		changes := scantest.StateOf(t, opened[i].Kit).Changes(before[i])
		if page.Binds {
			if !slices.Equal(changes, []string{"request"}) {
				t.Errorf("%s: got %q changed, want the request alone", page.Name, changes)
			}
			continue
		}
		if changes != nil {
			t.Errorf("%s: got %q changed, want nothing", page.Name, changes)
		}
		opened[i].Finish()
	}
	t.Logf("pages opened of each link: %q", steps)
}
