package token_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// spend presents a refresh token as the client it was given to.
func spend(t testing.TB, db *store.DB, idx store.Index, now time.Time, refresh string) token.RefreshResult {
	t.Helper()
	return present(t, db, idx, now, token.RefreshRequest{Token: refresh, Client: client})
}

// present does what an engine does: read the session that the token names,
// refresh, commit.
func present(t testing.TB, db *store.DB, idx store.Index, now time.Time, r token.RefreshRequest) (out token.RefreshResult) {
	t.Helper()
	err := db.Run(t.Context(), now, func(tx *store.Tx) (err error) {
		out = token.RefreshResult{}
		id, _, ok := token.ParseRefreshToken(r.Token)
		if !ok {
			return nil
		}
		s, ok, err := token.Sessions.Get(tx, id)
		if err != nil || !ok {
			return err
		}
		out, err = token.Refresh(tx, idx, now, s, r)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func wantVerdict(t testing.TB, what string, r token.RefreshResult, want token.RefreshVerdict) {
	t.Helper()
	if r.Verdict != want || (r.Token != "") != (want == token.Granted || want == token.Repeated) {
		t.Fatalf("%s: %v with token %v, want %v", what, r.Verdict, r.Token != "", want)
	}
}

// chain refreshes n times and returns all tokens, the first included.
func chain(t testing.TB, db *store.DB, idx store.Index, now time.Time, first string, n int) []string {
	t.Helper()
	all := []string{first}
	for range n {
		r := spend(t, db, idx, now, all[len(all)-1])
		wantVerdict(t, "chain", r, token.Granted)
		all = append(all, r.Token)
	}
	return all
}

func TestRefreshRotates(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	s, first := begin(t, db, idx, start, token.NewSession{Scopes: offline, Name: "kunal"})
	seen := map[string]bool{}
	for i, tok := range chain(t, db, idx, start.Add(time.Hour), first, 40) {
		id, _, ok := token.ParseRefreshToken(tok)
		if !ok || id != s.ID || seen[tok] {
			t.Fatalf("token %d is %q", i, tok)
		}
		seen[tok] = true
	}
	got, _ := load(t, db, start, s.ID)
	if got.Refresh.Generation != 41 || len(got.Refresh.Past) != 8*token.RefreshMemory || got.Name != "kunal" {
		t.Errorf("after 40 refreshes: generation %d, %d bytes of past digests", got.Refresh.Generation, len(got.Refresh.Past))
	}
}

func TestRefreshLostAnswer(t *testing.T) {
	for _, after := range []time.Duration{0, time.Second, 30*time.Second - 1, -time.Second, -time.Minute} {
		db, idx := newDB(), newIndex(t, 1)
		_, first := begin(t, db, idx, start, token.NewSession{Scopes: offline})
		now := start.Add(time.Hour)
		granted := spend(t, db, idx, now, first)
		wantVerdict(t, "first use", granted, token.Granted)
		for range 3 {
			again := spend(t, db, idx, now.Add(after), first)
			wantVerdict(t, fmt.Sprint("repeat after ", after), again, token.Repeated)
			if again.Token != granted.Token {
				t.Errorf("after %v: another successor", after)
			}
		}
		wantVerdict(t, "the successor", spend(t, db, idx, now.Add(after), granted.Token), token.Granted)
	}
}

// TestRefreshLostAnswerLater: of many spent tokens the newest, and no other, gets
// its successor again.
func TestRefreshLostAnswerLater(t *testing.T) {
	for _, n := range []int{2, 3, 15, 16, 17, 40} {
		db, idx := newDB(), newIndex(t, 1)
		_, first := begin(t, db, idx, start, token.NewSession{Scopes: offline})
		all := chain(t, db, idx, start, first, n)
		again := spend(t, db, idx, start, all[n-1])
		wantVerdict(t, fmt.Sprint("the newest of ", n), again, token.Repeated)
		if again.Token != all[n] {
			t.Errorf("%d: got another successor", n)
		}
		wantVerdict(t, fmt.Sprint("the newest but one of ", n), spend(t, db, idx, start, all[n-2]), token.Reused)
	}
}

// TestRefreshSuccessor pins how a successor is made: nodes of two versions must
// agree on it, or a lost answer would end a session.
func TestRefreshSuccessor(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	s, first := begin(t, db, idx, start, token.NewSession{Scopes: offline})
	all := chain(t, db, idx, start, first, 12)
	for i, tok := range all[1:] {
		secret := all[i][32:]
		d := idx.Digest("refresh-successor", s.ID, strconv.Itoa(i+1), secret)
		if want := all[i][:32] + fmt.Sprintf("%X", d[:16]); tok != want {
			t.Errorf("the successor of generation %d is %s, want %s", i+1, tok, want)
		}
	}
}

// TestRefreshIdle: each refresh moves the end of the idle time on, by what the
// session began with.
func TestRefreshIdle(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	s, first := begin(t, db, idx, start, token.NewSession{Scopes: offline, RefreshIdle: time.Hour})
	if s.Refresh.IdleSeconds != 3600 || !s.Refresh.IdleAt.Equal(start.Add(time.Hour)) {
		t.Errorf("got %+v, want an hour", s.Refresh)
	}
	later := start.Add(40 * time.Minute)
	f := spend(t, db, idx, later, first).Session.Refresh
	if f.IdleSeconds != 3600 || !f.IdleAt.Equal(later.Add(time.Hour)) {
		t.Errorf("got %+v, want an hour from %v", f, later)
	}
}

// TestRefreshReuse ends the family whichever spent token comes back, and
// whatever the reason that it is no lost answer.
func TestRefreshReuse(t *testing.T) {
	now := start.Add(time.Hour)
	tests := map[string]struct {
		spent int // tokens spent before
		back  int // the one that comes back
		at    time.Time
	}{
		"after the successor was used":  {2, 0, now},
		"after the grace":               {1, 0, now.Add(30 * time.Second)},
		"long after":                    {1, 0, now.Add(day)},
		"the clock set back":            {1, 0, now.Add(-time.Minute - 1)},
		"the oldest that is remembered": {16, 0, now},
		"in the middle":                 {16, 7, now},
		"the newest but one":            {16, 14, now},
		"the newest, after the grace":   {16, 15, now.Add(time.Minute)},
		"the oldest remembered of many": {40, 24, now},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			db, idx := newDB(), newIndex(t, 1)
			s, first := begin(t, db, idx, start, token.NewSession{Scopes: offline})
			all := chain(t, db, idx, now, first, tt.spent)
			wantVerdict(t, "reuse", spend(t, db, idx, tt.at, all[tt.back]), token.Reused)
			if got, ok := load(t, db, now, s.ID); !ok || !got.Ended || got.LiveFor(0, now) {
				t.Error("the session lives on")
			}
			wantVerdict(t, "the living successor", spend(t, db, idx, now, all[len(all)-1]), token.Ended)
			wantVerdict(t, "reuse again", spend(t, db, idx, tt.at, all[tt.back]), token.Ended)
		})
	}
}

func TestRefreshForgetsTheSeventeenth(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	_, first := begin(t, db, idx, start, token.NewSession{Scopes: offline})
	all := chain(t, db, idx, start, first, 17)
	wantVerdict(t, "17 generations back", spend(t, db, idx, start, all[0]), token.Invalid)
	wantVerdict(t, "the present one", spend(t, db, idx, start, all[17]), token.Granted)
	wantVerdict(t, "now 17 back", spend(t, db, idx, start, all[1]), token.Invalid)
	wantVerdict(t, "16 back", spend(t, db, idx, start, all[2]), token.Reused)
}

// TestKnowsRefresh: a session knows its tokens, the spent ones that it remembers too, and
// no others.
func TestKnowsRefresh(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	_, first := begin(t, db, idx, start, token.NewSession{Scopes: offline})
	_, other := begin(t, db, idx, start, token.NewSession{Scopes: offline})
	all := chain(t, db, idx, start, first, token.RefreshMemory+1)
	id, _, _ := token.ParseRefreshToken(first)
	var s, plain token.Session
	err := db.Run(t.Context(), start, func(tx *store.Tx) (err error) {
		s, _, err = token.Sessions.Get(tx, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	plain.ID = s.ID
	for i, raw := range all {
		if known, current := s.KnowsRefresh(idx, raw); known != (i > 0) || current != (i == len(all)-1) {
			t.Errorf("token %d of %d: got known %v, current %v", i, len(all), known, current)
		}
	}
	last := all[len(all)-1]
	for _, raw := range []string{"", other, last[:32] + other[32:], strings.ToLower(last), last + "0"} {
		if known, current := s.KnowsRefresh(idx, raw); known || current {
			t.Errorf("%q: got known %v, current %v", raw, known, current)
		}
	}
	if known, _ := plain.KnowsRefresh(idx, last); known {
		t.Error("a session without refresh tokens knows one")
	}
	if known, _ := s.KnowsRefresh(newIndex(t, 2), last); known {
		t.Error("by another index key: got it known")
	}
}

func TestRefreshIsBound(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	const other = "18de8ce7-80e7-4c66-a672-4ffa3eb56d54_SPA"
	s, first := begin(t, db, idx, start, token.NewSession{Scopes: offline, Epoch: 5})
	plain, _ := begin(t, db, idx, start, token.NewSession{Epoch: 5})
	ask := func(tok, client string, epoch uint64) token.RefreshResult {
		return present(t, db, idx, start, token.RefreshRequest{Token: tok, Client: client, Epoch: epoch})
	}
	wantVerdict(t, "other client", ask(first, other, 5), token.Invalid)
	wantVerdict(t, "no client", ask(first, "", 5), token.Invalid)
	wantVerdict(t, "other epoch", ask(first, client, 6), token.Ended)
	wantVerdict(t, "other epoch, wrong secret", ask(first[:32]+strings.Repeat("0", 32), client, 6), token.Invalid)
	wantVerdict(t, "session without refresh", ask(strings.ToUpper(plain.ID)+first[32:], client, 5), token.Invalid)
	granted := ask(first, client, 5)
	wantVerdict(t, "its own", granted, token.Granted)
	wantVerdict(t, "other client repeats", ask(first, other, 5), token.Invalid)
	wantVerdict(t, "repeat after the epoch moved", ask(first, client, 6), token.Ended)
	wantVerdict(t, "still good", ask(granted.Token, client, 5), token.Granted)
	wantVerdict(t, "other client reuses", ask(first, other, 5), token.Invalid)
	if got, _ := load(t, db, start, s.ID); got.Ended {
		t.Error("another client ended the session")
	}

	// A token of one session names no other, though both were read.
	a, ta := begin(t, db, idx, start, token.NewSession{Scopes: offline})
	_, tb := begin(t, db, idx, start, token.NewSession{Scopes: offline})
	err := db.Run(t.Context(), start, func(tx *store.Tx) error {
		r, err := token.Refresh(tx, idx, start, a, token.RefreshRequest{Token: tb, Client: client})
		wantVerdict(t, "token of another session", r, token.Invalid)
		if err != nil {
			return err
		}
		r, err = token.Refresh(tx, idx, start, a, token.RefreshRequest{Token: tb[:32] + ta[32:], Client: client})
		wantVerdict(t, "its secret under another session's id", r, token.Invalid)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var ok bool
	if a.Refresh, ok = familyOf(t, db, tb); !ok {
		t.Fatal("no family")
	}
	err = db.Run(t.Context(), start, func(tx *store.Tx) error {
		r, err := token.Refresh(tx, idx, start, a, token.RefreshRequest{Token: ta[:32] + tb[32:], Client: client})
		wantVerdict(t, "family of another session", r, token.Invalid)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	wantVerdict(t, "secret of another session", spend(t, db, idx, start, ta[:32]+tb[32:]), token.Invalid)
	wantVerdict(t, "another index key", spend(t, db, newIndex(t, 2), start, ta), token.Invalid)
}

// familyOf returns what the store holds of the family that a token is of.
func familyOf(t testing.TB, db *store.DB, refresh string) (*token.Family, bool) {
	t.Helper()
	id, _, ok := token.ParseRefreshToken(refresh)
	s, found := load(t, db, start, id)
	return s.Refresh, ok && found
}

// TestRefreshTokenHasOneSpelling drops, flips and changes the case of every
// character.
func TestRefreshTokenHasOneSpelling(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	s, first := begin(t, db, idx, start, token.NewSession{Scopes: offline})
	refuse := func(what, tok string) {
		t.Helper()
		wantVerdict(t, what, spend(t, db, idx, start, tok), token.Invalid)
	}
	for i := range first {
		refuse("dropped", first[:i]+first[i+1:])
		refuse("doubled", first[:i+1]+first[i:])
		refuse("appended", first+first[i:i+1])
		for _, c := range "0123456789ABCDEFabcdefG \x00" {
			if byte(c) != first[i] {
				refuse("flipped", first[:i]+string(c)+first[i+1:])
			}
		}
	}
	refuse("lower case", strings.ToLower(first))
	refuse("session id in lower case", s.ID+first[32:])
	wantVerdict(t, "as it was given", spend(t, db, idx, start, first), token.Granted)
}

func TestRefreshExpiry(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	// Sliding: 15 days without a refresh.
	_, first := begin(t, db, idx, start, token.NewSession{Scopes: offline})
	r := spend(t, db, idx, start.Add(15*day-1), first)
	wantVerdict(t, "in the last moment", r, token.Granted)
	// Absolute: 30 days, refreshed or not.
	r = spend(t, db, idx, start.Add(20*day), r.Token)
	wantVerdict(t, "after 20 days", r, token.Granted)
	r = spend(t, db, idx, start.Add(30*day-1), r.Token)
	wantVerdict(t, "in the very last moment", r, token.Granted)
	if got := r.Session.End(); !got.Equal(start.Add(30 * day)) {
		t.Errorf("ends at %v, want %v", got, start.Add(30*day))
	}
	wantVerdict(t, "after 30 days", spend(t, db, idx, start.Add(30*day), r.Token), token.Invalid) // the record is gone
	wantVerdict(t, "and with the clock back", spend(t, db, idx, start, r.Token), token.Invalid)
}

// TestRefreshSeesExpiry judges a session that the transaction read while it
// lived, at a moment when it does not.
func TestRefreshSeesExpiry(t *testing.T) {
	for name, end := range map[string]struct {
		n  token.NewSession
		at time.Duration
	}{
		"sliding":  {token.NewSession{Scopes: offline}, 15 * day},
		"absolute": {token.NewSession{Scopes: offline, RefreshIdle: 99 * day}, 30 * day},
		"short":    {token.NewSession{Scopes: offline, RefreshLife: time.Hour, RefreshIdle: time.Minute}, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			db, idx := newDB(), newIndex(t, 1)
			s, first := begin(t, db, idx, start, end.n)
			at := func(now time.Time) (r token.RefreshResult) {
				t.Helper()
				err := db.Run(t.Context(), start, func(tx *store.Tx) error {
					s, ok, err := token.Sessions.Get(tx, s.ID)
					if err != nil || !ok {
						return err
					}
					r, err = token.Refresh(tx, idx, now, s, token.RefreshRequest{Token: first, Client: client})
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				return r
			}
			wantVerdict(t, "expired", at(start.Add(end.at)), token.Expired)
			wantVerdict(t, "expired, then the clock jumps back", at(start), token.Ended)
		})
	}
}

// TestRefreshRace lets 32 callers present one token at once: one successor, and
// every caller gets it.
func TestRefreshRace(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	_, first := begin(t, db, idx, start, token.NewSession{Scopes: offline})
	got := make([]token.RefreshResult, 32)
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() { got[i] = spend(t, db, idx, start, first) })
	}
	wg.Wait()
	granted := 0
	for _, r := range got {
		if r.Verdict == token.Granted {
			granted++
		}
		if r.Token != got[0].Token || r.Token == "" {
			t.Errorf("%v with another successor", r.Verdict)
		}
	}
	if granted != 1 {
		t.Errorf("%d granted, want 1", granted)
	}
}

// TestRefreshInvalidWritesNothing guesses at a secret: that neither ends nor
// changes anything.
func TestRefreshInvalidWritesNothing(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	s, first := begin(t, db, idx, start, token.NewSession{Scopes: offline})
	before, _ := load(t, db, start, s.ID)
	for range 100 {
		wantVerdict(t, "guess", spend(t, db, idx, start, first[:32]+strings.Repeat("0", 32)), token.Invalid)
	}
	after, _ := load(t, db, start, s.ID)
	if fmt.Sprintf("%+v", *before.Refresh) != fmt.Sprintf("%+v", *after.Refresh) || after.Ended {
		t.Error("guesses changed the session")
	}
	wantVerdict(t, "the good one", spend(t, db, idx, start, first), token.Granted)
}

func TestRefreshVerdictNames(t *testing.T) {
	for v, want := range map[token.RefreshVerdict]string{0: "Invalid", token.Reused: "Reused", token.Ended: "Ended", 99: "RefreshVerdict(99)", -1: "RefreshVerdict(-1)"} {
		if got := v.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
