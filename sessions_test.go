package sallyport_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/store/storetest"
	"github.com/sallyport-auth/sallyport/token"
)

// TestLoginWrites: a login with a password writes its session and its event.
func TestLoginWrites(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := sallyporttest.New(t, sallyporttest.WithStore(counting))
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	counting.Reset()
	k.InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success)
	if got := counting.Counts(); got.Writes != 2 {
		t.Errorf("got %d records written, want 2", got.Writes)
	}
}

// TestRecordsOfAnAccountLieTogether: what is kept of an account beside the account
// itself has keys that begin alike, those of two accounts differ, and none names
// the account or stands in a refresh token of another.
func TestRecordsOfAnAccountLieTogether(t *testing.T) {
	m := memstore.New()
	k := sallyporttest.New(t, sallyporttest.WithStore(m))
	c := k.InProcess()
	var began []string
	for _, name := range []string{"marie", "tom"} {
		before := keysOf(t, m)
		p := k.AddUser(t, sallyporttest.User{Name: name, TOTP: true})
		c.Login(p.Name, "wrong")
		k.Clock.Advance(time.Minute)
		first := c.LoginWithCode(p.Name, p.Password).Want(t, sallyport.Success).Tokens.RefreshToken
		k.Clock.Advance(time.Minute)
		second := c.LoginWithCode(p.Name, p.Password).Want(t, sallyport.Success).Tokens.RefreshToken
		c.Login(p.Name, "wrong")
		begins := "of/" + strings.ToLower(first[:12])
		if first[:12] != second[:12] || slices.Contains(began, begins) {
			t.Errorf("%s: got refresh tokens %.12s… and %.12s…, want both to begin alike, and as no other's", name, first, second)
		}
		began = append(began, begins)
		tables := map[string]int{}
		for _, key := range keysOf(t, m) {
			if slices.Contains(before, key) || !strings.HasPrefix(key, "of/") {
				continue
			}
			if strings.Contains(key, p.ID) || strings.Contains(key, strings.ReplaceAll(p.ID, "-", "")) {
				t.Errorf("%s: %s names the account", name, key)
			}
			if strings.HasPrefix(key, begins) {
				tables[store.TableOf(key)]++
			} else if store.TableOf(key) != "lockout" { // that of the name
				t.Errorf("%s: %s lies elsewhere", name, key)
			}
		}
		for table, want := range map[string]int{"ageing": 1, "factors": 1, "pending": 1, "lockout": 1, "session": 2} {
			if tables[table] != want {
				t.Errorf("%s: got %d records of %s, want %d: %v", name, tables[table], table, want, tables)
			}
		}
	}
}

func keysOf(t *testing.T, s store.Store) (keys []string) {
	t.Helper()
	for r, err := range s.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, r.Key)
	}
	return keys
}

// TestEndedSessionsTakeNoPlace: sessions that have ended are the first to go, so a
// hundred that live stay beside them, however old.
func TestEndedSessionsTakeNoPlace(t *testing.T) {
	beside(t)
	m := memstore.New()
	k := sallyporttest.New(t, sallyporttest.WithStore(m))
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	var living, reused []string
	for i := range 130 {
		token := c.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.RefreshToken
		if i < 100 {
			living = append(living, token)
		} else {
			c.Refresh(token)
			reused = append(reused, token)
		}
		k.Clock.Advance(time.Second)
	}
	k.Clock.Advance(time.Minute)
	for _, token := range reused {
		c.Refresh(token).WantOAuth(t, "invalid_grant") // which ends the session
	}
	if err := k.Engine.Maintain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(recordsOf(t, m, "session")); n != 100 {
		t.Errorf("got %d records of sessions, want 100", n)
	}
	for i, token := range living {
		if a := c.Refresh(token); !a.Granted() {
			t.Errorf("session %d: got %v, want it to live", i, a)
		}
	}
}

// TestHomesThatBeginAlike: a session whose id begins as those of another account do
// is that of the account in its record: the other's are not counted with it, and
// nothing of it is the other's.
func TestHomesThatBeginAlike(t *testing.T) {
	m := memstore.New()
	k := sallyporttest.New(t, sallyporttest.WithStore(m), sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Keys, c.InsecurePlainStore = sealed.Keys{}, true
	}))
	c := k.InProcess()
	marie, paul := k.AddUser(t, sallyporttest.User{Name: "marie"}), k.AddUser(t, sallyporttest.User{Name: "paul"})
	strange := c.Login(marie.Name, marie.Password).Want(t, sallyport.Success).Tokens
	id, _, _ := token.ParseRefreshToken(strange.RefreshToken)
	k.Clock.Advance(time.Minute)
	mine := c.Login(paul.Name, paul.Password).Want(t, sallyport.Success).Tokens
	begins := strings.ToLower(mine.RefreshToken[:12])
	db := store.NewDB(m, "")
	const planted = 150
	for i := range planted { // of marie's, newer than paul's, where paul's lie
		err := db.Run(t.Context(), k.Clock.Now(), func(tx *store.Tx) error {
			s, ok, err := token.Sessions.Get(tx, id)
			if err != nil || !ok {
				return errors.Join(err, errors.New("no session of marie's"))
			}
			s.ID, s.Created = fmt.Sprintf("%s%s%04x", begins, id[12:28], i), k.Clock.Now().Add(time.Second)
			return token.Sessions.Put(tx, s.ID, s, s.Expires)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := k.Engine.Maintain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(recordsOf(t, m, "session")) - 2; n != planted {
		t.Errorf("got %d sessions beside paul's, want %d", n, planted)
	}
	if a := c.Refresh(mine.RefreshToken); !a.Granted() {
		t.Errorf("paul's session: got %v, want it to live", a)
	}
	if a, err := k.Engine.Verify(t.Context(), mine.AccessToken); err != nil || a.AccountID != paul.ID {
		t.Errorf("paul's token: got %+v, %v, want %s", a, err, paul.ID)
	}
}
