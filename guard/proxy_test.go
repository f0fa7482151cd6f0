package guard_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// behindProxy is a guard behind a proxy that says in X-Real-IP who calls, whatever the caller
// said there, and past which nobody comes.
func behindProxy(engine *sallyport.Engine) (*guard.Guard, error) {
	g, err := guard.New(engine, guard.Options{
		ClientAddress: func(r *http.Request) string { return r.Header.Get("X-Real-IP") },
	})
	if err != nil {
		return nil, err
	}
	return g, nil
}

func TestBehindProxy(t *testing.T) {
	g, err := behindProxy(sallyporttest.New(t).Engine)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.Header.Set("X-Real-IP", "192.0.2.7")
	if got := g.Address(r); got != "192.0.2.7" {
		t.Errorf("got the address %q", got)
	}
}
