package token_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

var offline = []string{"openid", "offline_access"}

// begin commits a new session.
func begin(t testing.TB, db *store.DB, idx store.Index, now time.Time, n token.NewSession) (s token.Session, refresh string) {
	t.Helper()
	if n.Account == "" {
		n.Account = account
	}
	if n.Home == "" {
		n.Home = home
	}
	if n.Client == "" {
		n.Client = client
	}
	err := db.Run(t.Context(), now, func(tx *store.Tx) (err error) {
		s, refresh, err = token.Begin(tx, idx, now, n)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, refresh
}

// load returns what the store holds of a session.
func load(t testing.TB, db *store.DB, now time.Time, id string) (s token.Session, ok bool) {
	t.Helper()
	err := db.Run(t.Context(), now, func(tx *store.Tx) (err error) {
		s, ok, err = token.Sessions.Get(tx, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, ok
}

func TestBeginOffline(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	n := token.NewSession{
		Epoch: 7, Application: "18de8ce7-80e7-4c66-a672-4ffa3eb56d54", Name: "kunal", Scopes: offline,
		AuthTime: start.Add(-time.Minute), Methods: []string{"pwd", "otp"},
	}
	s, refresh := begin(t, db, idx, start, n)
	got, ok := load(t, db, start, s.ID)
	if !ok {
		t.Fatal("not saved")
	}
	g, _ := json.Marshal(got)
	w, _ := json.Marshal(s)
	if string(g) != string(w) {
		t.Errorf("saved %s\nwant  %s", g, w)
	}
	if s.Account != account || s.Epoch != 7 || s.Client != client || s.Name != "kunal" || !slices.Equal(s.Methods, n.Methods) ||
		!s.AuthTime.Equal(n.AuthTime) || !s.Created.Equal(start) || s.Ended {
		t.Errorf("session %+v", s)
	}
	if !s.Expires.Equal(start.Add(30*day)) || !s.End().Equal(start.Add(15*day)) {
		t.Errorf("ends at %v and %v", s.Expires, s.End())
	}
	if len(refresh) != 64 || strings.Trim(refresh, "0123456789ABCDEF") != "" {
		t.Errorf("form of %q", refresh)
	}
	id, secret, ok := token.ParseRefreshToken(refresh)
	if !ok || id != s.ID {
		t.Errorf("refresh token names %q, want %q", id, s.ID)
	}
	if strings.Contains(strings.ToUpper(string(g)), secret) {
		t.Error("the secret rests in the record")
	}
}

// TestSessionDiesWithItsToken has no offline_access.
func TestSessionDiesWithItsToken(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	s, refresh := begin(t, db, idx, start, token.NewSession{Scopes: []string{"openid"}, AccessLife: time.Hour, RefreshLife: 99 * day})
	end := start.Add(time.Hour)
	if refresh != "" || s.Refresh != nil || !s.End().Equal(end) {
		t.Errorf("refresh %q, end %v; want none and %v", refresh, s.End(), end)
	}
	if got := s.TokenEnd(start, time.Hour); !got.Equal(end) {
		t.Errorf("TokenEnd %v, want %v", got, end)
	}
	if !s.LiveFor(0, end.Add(-1)) || s.LiveFor(0, end) {
		t.Error("lives for another time than its token")
	}
	if _, ok := load(t, db, end, s.ID); ok {
		t.Error("read after its end")
	}
	if _, ok := load(t, db, start, s.ID); ok {
		t.Error("a clock that jumped back revived it")
	}
}

// TestSessionIDs: the sessions of an account lie together, beside its other records,
// and have ids that nobody guesses.
func TestSessionIDs(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	seen, tails := map[string]bool{}, map[string]bool{}
	for range 50 {
		for _, n := range []token.NewSession{{Scopes: offline}, {}} {
			s, _ := begin(t, db, idx, start, n)
			if raw, err := hex.DecodeString(s.ID); err != nil || len(raw) != 16 || s.ID != strings.ToLower(s.ID) {
				t.Fatalf("got id %q, want 32 lower-case hexadecimal digits", s.ID)
			}
			if !strings.HasPrefix(s.ID, token.SessionPrefix(home)) || token.Sessions.Key(s.ID) != "of/"+s.ID+"/session" {
				t.Errorf("got id %q and key %q, want both to begin as the home does", s.ID, token.Sessions.Key(s.ID))
			}
			if seen[s.ID] || s.ID[12:] == home[12:] || s.ID == home {
				t.Errorf("got id %q again", s.ID)
			}
			seen[s.ID] = true
			for i := 12; i < 32; i += 4 { // 500 of 65,536 values, most of them once
				tails[s.ID[i:i+4]] = true
			}
		}
	}
	if len(token.SessionPrefix(home)) != 12 || len(tails) < 450 {
		t.Errorf("got a prefix of %d digits and %d different quarters behind it, want 12 and nearly 500", len(token.SessionPrefix(home)), len(tails))
	}
}

// TestSessionIDOnce: of two sessions that came to one id only one lands.
func TestSessionIDOnce(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	s, _ := begin(t, db, idx, start, token.NewSession{Scopes: offline})
	err := db.Run(t.Context(), start, func(tx *store.Tx) error {
		return token.Sessions.Insert(tx, s.ID, token.Session{ID: s.ID, Account: "another"}, s.Expires)
	})
	if err == nil {
		t.Error("a second session has the same id")
	}
	if got, ok := load(t, db, start, s.ID); !ok || got.Account != account {
		t.Errorf("got %+v, %v, want the first", got, ok)
	}
}

func TestLiveFor(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	s, _ := begin(t, db, idx, start, token.NewSession{Epoch: 3, Scopes: offline})
	ended := s
	ended.Ended = true
	tests := map[string]struct {
		s     token.Session
		epoch uint64
		now   time.Time
		want  bool
	}{
		"at once":          {s, 3, start, true},
		"last moment":      {s, 3, start.Add(15*day - 1), true},
		"not refreshed":    {s, 3, start.Add(15 * day), false},
		"epoch moved":      {s, 4, start, false},
		"epoch moved back": {s, 2, start, false},
		"ended":            {ended, 3, start, false},
		"zero":             {token.Session{}, 0, start, false},
		"zero, long ago":   {token.Session{}, 0, time.Time{}, false},
	}
	for name, tt := range tests {
		if got := tt.s.LiveFor(tt.epoch, tt.now); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestTokenEnd(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	s, _ := begin(t, db, idx, start, token.NewSession{Scopes: offline})
	for _, tt := range []struct {
		now  time.Time
		life time.Duration
		want time.Time
	}{
		{start, 0, start.Add(30 * time.Minute)},
		{start, time.Minute, start.Add(time.Minute)},
		{start, 99 * day, start.Add(day)},
		{s.End().Add(-time.Minute), time.Hour, s.End()},
	} {
		if got := s.TokenEnd(tt.now, tt.life); !got.Equal(tt.want) {
			t.Errorf("TokenEnd(%v, %v) = %v, want %v", tt.now, tt.life, got, tt.want)
		}
	}
}

func TestEndSession(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	s, refresh := begin(t, db, idx, start, token.NewSession{Scopes: offline})
	err := db.Run(t.Context(), start, func(tx *store.Tx) error {
		s, _, err := token.Sessions.Get(tx, s.ID)
		if err != nil {
			return err
		}
		return token.EndSession(tx, s)
	})
	if err != nil {
		t.Fatal(err)
	}
	got, ok := load(t, db, start, s.ID)
	if !ok || !got.Ended || got.LiveFor(0, start) {
		t.Errorf("after its end: %+v, %v", got, ok)
	}
	if r := spend(t, db, idx, start, refresh); r.Verdict != token.Ended || r.Token != "" {
		t.Errorf("refresh of an ended session: %v", r.Verdict)
	}
}

func TestBeginRefusesBadArguments(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	for _, n := range []token.NewSession{
		{}, {Client: client, Home: home}, {Account: account, Home: home}, {Account: account, Client: client},
		{Account: "a/b", Client: client, Home: home}, {Account: strings.ToUpper(account), Client: client, Home: home},
		{Account: account, Client: client, Home: home[1:]}, {Account: account, Client: client, Home: strings.ToUpper(home)},
	} {
		err := db.Run(t.Context(), start, func(tx *store.Tx) error {
			_, _, err := token.Begin(tx, idx, start, n)
			return err
		})
		if err == nil {
			t.Errorf("a session of %q at %q with the home %q began", n.Account, n.Client, n.Home)
		}
	}
}

func TestSurplus(t *testing.T) {
	live := func(id, client string, age time.Duration) token.Standing {
		return token.Standing{ID: id, Client: client, Created: start.Add(-age), Live: true}
	}
	dead := func(id, client string, age time.Duration) token.Standing {
		return token.Standing{ID: id, Client: client, Created: start.Add(-age)}
	}
	list := []token.Standing{
		live("s1", "c1", 3*time.Hour), live("s2", "c1", 5*time.Hour), dead("s3", "c1", time.Hour), live("s4", "c1", 4*time.Hour), dead("s5", "c1", 2*time.Hour),
		live("s6", "c2", 9*time.Hour), live("s8", "c3", time.Hour), live("s7", "c3", time.Hour),
	}
	for limit, want := range map[int]string{
		-1: "[s1 s2 s3 s4 s5 s6 s7 s8]",
		0:  "[s1 s2 s3 s4 s5 s6 s7 s8]", 1: "[s2 s3 s4 s5 s7]", 2: "[s2 s3 s5]", 3: "[s3 s5]", 4: "[s5]", 5: "[]",
		token.MaxSessions: "[]",
	} {
		if got := fmt.Sprint(token.Surplus(list, limit)); got != want {
			t.Errorf("Surplus of %d: %s, want %s", limit, got, want)
		}
	}
}

// TestStanding: a session that was ended, or that nobody refreshed, is dead,
// whatever the epoch of its account.
func TestStanding(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	s, _ := begin(t, db, idx, start, token.NewSession{Epoch: 3, Scopes: offline})
	ended := s
	ended.Ended = true
	for name, tt := range map[string]struct {
		s    token.Session
		now  time.Time
		want bool
	}{
		"at once":       {s, start, true},
		"last moment":   {s, start.Add(15*day - 1), true},
		"not refreshed": {s, start.Add(15 * day), false},
		"ended":         {ended, start, false},
	} {
		want := token.Standing{ID: s.ID, Client: client, Created: start, Live: tt.want}
		if got := tt.s.Standing(tt.now); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}
