package guard_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestAPIKey: an API key comes in the Authorization header alone, and meets the conditions
// that it names and its owner meets; that of a second factor never.
func TestAPIKey(t *testing.T) {
	s := newSite(t, guard.Options{})
	p := s.AddUser(t, sallyporttest.User{Name: "ada"})
	key, err := s.Engine.Admin(sallyport.Actor{Name: "setup"}).CreateKey(t.Context(), p.ID, sallyport.NewKey{Scopes: []string{sallyporttest.ReadPath, "VGRoles", sallyporttest.WritePath}})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/in": 200, "/audit": 403, "/read": 200, "/write": 403, "/scope": 200, "/factor": 401, "/ever": 401} {
		s.want(path, s.do("GET", path, nil, "Authorization", "Bearer "+key.Text), want)
	}
	s.want("a POST from anywhere", s.do("POST", "/in", nil, "Authorization", "Bearer "+key.Text, "Sec-Fetch-Site", "cross-site"), 200)
	s.want("in the cookie", s.do("GET", "/in", &sallyport.Session{Handle: key.Text}), 401)
	s.want("in the query", s.do("GET", "/in?access_token="+key.Text, nil), 401)
	if err := s.Engine.Admin(sallyport.Actor{Name: "setup"}).RevokeKey(t.Context(), p.ID, key.ID); err != nil {
		t.Fatal(err)
	}
	got := s.want("revoked", s.do("GET", "/in", nil, "Authorization", "Bearer "+key.Text), 401)
	if say := got.Header.Get("WWW-Authenticate"); say != `Bearer error="invalid_token"` {
		t.Errorf("got the challenge %q", say)
	}
	for range 20 {
		s.do("GET", "/in", nil, "Authorization", "Bearer "+key.Text)
	}
	s.want("too many", s.do("GET", "/in", nil, "Authorization", "Bearer "+key.Text), 503)
}
