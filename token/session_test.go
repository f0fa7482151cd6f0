package token_test

import (
	"encoding/binary"
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
	var entries []string
	for e, err := range token.SessionEntries.Scan(t.Context(), db, start, account+"/", "") {
		if err != nil {
			t.Fatal(err)
		}
		a, sid, ok := token.SplitSessionEntryID(e.ID)
		if !ok || a != account || e.Value.Client != client || !e.Value.Created.Equal(start) {
			t.Errorf("entry %+v", e)
		}
		entries = append(entries, sid)
	}
	if !slices.Equal(entries, []string{s.ID}) {
		t.Errorf("entries %q, want %q", entries, s.ID)
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

func TestSessionIDsOfOneTimeAreNeighbours(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	for _, n := range []token.NewSession{{Scopes: offline}, {}} {
		a, _ := begin(t, db, idx, start, n)
		b, _ := begin(t, db, idx, start.Add(time.Second), n)
		if len(a.ID) != 32 || a.ID == b.ID || a.ID[:8] != b.ID[:8] || a.ID != strings.ToLower(a.ID) {
			t.Errorf("ids %q and %q", a.ID, b.ID)
		}
		raw, err := hex.DecodeString(a.ID[:8])
		if err != nil {
			t.Fatal(err)
		}
		coarse := time.Unix(int64(binary.BigEndian.Uint32(raw))*3600, 0)
		if late := coarse.Sub(a.Expires); late <= 0 || late > time.Hour {
			t.Errorf("coarse expiry %v of %v", coarse, a.Expires)
		}
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
	for _, n := range []token.NewSession{{}, {Client: client}, {Account: account}, {Account: "a/b", Client: client}, {Account: strings.ToUpper(account), Client: client}} {
		err := db.Run(t.Context(), start, func(tx *store.Tx) error {
			_, _, err := token.Begin(tx, idx, start, n)
			return err
		})
		if err == nil {
			t.Errorf("a session of %q at %q began", n.Account, n.Client)
		}
	}
}

func TestSurplus(t *testing.T) {
	entry := func(account, client string, n int, age time.Duration) store.Item[token.SessionEntry] {
		return store.Item[token.SessionEntry]{
			ID:    token.SessionEntryID(account, fmt.Sprintf("s%d", n)),
			Value: token.SessionEntry{Client: client, Created: start.Add(-age)},
		}
	}
	entries := []store.Item[token.SessionEntry]{
		entry("a", "c1", 1, 3*time.Hour), entry("a", "c1", 2, 5*time.Hour), entry("a", "c1", 3, time.Hour), entry("a", "c1", 4, 4*time.Hour),
		entry("a", "c2", 5, 9*time.Hour), entry("b", "c1", 6, 9*time.Hour), entry("b", "c1", 7, time.Hour), entry("b", "c1", 8, time.Hour),
	}
	for limit, want := range map[int]string{
		-1: "[a/s1 a/s2 a/s3 a/s4 a/s5 b/s6 b/s7 b/s8]",
		0:  "[a/s1 a/s2 a/s3 a/s4 a/s5 b/s6 b/s7 b/s8]", 1: "[a/s1 a/s2 a/s4 b/s6 b/s7]", 2: "[a/s2 a/s4 b/s6]", 3: "[a/s2]", 4: "[]",
		token.MaxSessions: "[]",
	} {
		if got := fmt.Sprint(token.Surplus(entries, limit)); got != want {
			t.Errorf("Surplus of %d: %s, want %s", limit, got, want)
		}
	}
}
