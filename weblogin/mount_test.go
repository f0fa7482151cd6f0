package weblogin_test

import (
	"net/http"
	"testing"

	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/weblogin"
)

// bare is a host with the pages and nothing else, over any kit.
func bare(t *testing.T, k *sallyporttest.Kit) *site {
	t.Helper()
	g, err := guard.New(k.Engine, guard.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := weblogin.New(g, weblogin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &site{Kit: k, t: t, pages: pages, app: pages.Wrap(http.NotFoundHandler())}
}
