package token_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

func TestHandle(t *testing.T) {
	db, idx := newDB(), newIndex(t, 1)
	sealer := token.HandleSealer{Index: idx, Prefix: "a"}
	for _, account := range []string{"2b7e1516-28ae-4d2a-abf7-158809cf4f3c", strings.Repeat("a", 32)} {
		var s token.Session
		var text string
		err := db.Run(t.Context(), start, func(tx *store.Tx) (err error) {
			s, text, err = token.BeginOwn(tx, sealer, start, token.NewSession{Account: account, Home: strings.Repeat("b", 32), Client: "host", Epoch: 7})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		x, ok := sealer.Open(text)
		if !ok || x.Session != s.ID || x.Account != account || len(text) > 400 {
			t.Fatalf("got %+v, %v from %d characters, want the session and its account", x, ok, len(text))
		}
		for _, tt := range []struct {
			name  string
			edit  func(*token.Session)
			epoch uint64
			at    time.Duration
			want  bool
		}{
			{"as it was begun", nil, 7, 0, true},
			{"another epoch", nil, 8, 0, false},
			{"ended", func(s *token.Session) { s.Ended = true }, 7, 0, false},
			{"another account's", func(s *token.Session) { s.Account = "x" }, 7, 0, false},
			{"another session", func(s *token.Session) { s.ID = strings.Repeat("c", 32) }, 7, 0, false},
			{"another secret", func(s *token.Session) { s.Handle = make([]byte, 16) }, 7, 0, false},
			{"no secret", func(s *token.Session) { s.Handle = nil }, 7, 0, false},
			{"the last moment unused", nil, 7, token.HandleIdle - 1, true},
			{"unused", nil, 7, token.HandleIdle, false},
			{"the last moment of all", func(s *token.Session) { s.LastUse = start.Add(token.HandleLife - time.Minute) }, 7, token.HandleLife - 1, true},
			{"its absolute end", func(s *token.Session) { s.LastUse = start.Add(token.HandleLife - time.Minute) }, 7, token.HandleLife, false},
			{"used a minute ahead", func(s *token.Session) { s.LastUse = start.Add(time.Minute) }, 7, 0, true},
			{"used further ahead", func(s *token.Session) { s.LastUse = start.Add(time.Minute + 1) }, 7, 0, false},
		} {
			edited := s
			if tt.edit != nil {
				tt.edit(&edited)
			}
			if got := sealer.Admits(x, &edited, tt.epoch, start.Add(tt.at)); got != tt.want {
				t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
			}
		}
		for name, other := range map[string]string{"another prefix": "b", "none": ""} {
			if x, ok := (token.HandleSealer{Index: idx, Prefix: other}).Open(text); ok {
				t.Errorf("%s: opened to %+v", name, x)
			}
		}
	}
}

// TestHandleLength: an account id that leaves no room is refused when the session
// begins.
func TestHandleLength(t *testing.T) {
	idx := newIndex(t, 1)
	sealer := token.HandleSealer{Index: idx}
	if _, err := sealer.Seal(token.Handle{}); err == nil {
		t.Error("sealed a handle of nothing")
	}
	for _, text := range []string{"", "A", strings.Repeat("A", 400), strings.Repeat("A", 401), strings.Repeat("A", 107), strings.Repeat("A", 108)} {
		if x, ok := sealer.Open(text); ok {
			t.Errorf("opened %d characters to %+v", len(text), x)
		}
	}
}

// FuzzHandle reads handles that nobody sealed, of which none opens, and sealed ones
// that were bent.
func FuzzHandle(f *testing.F) {
	sealer := token.HandleSealer{Index: newIndex(f, 1), Prefix: "p"}
	f.Add("", "", uint(0), byte(0))
	f.Add(strings.Repeat("A", 155), "2b7e1516-28ae-4d2a-abf7-158809cf4f3c", uint(3), byte(1))
	f.Fuzz(func(t *testing.T, text, account string, at uint, flip byte) {
		if x, ok := sealer.Open(text); ok {
			t.Fatalf("opened %q to %+v", text, x)
		}
		var sealed string
		db := newDB()
		_ = db.Run(t.Context(), start, func(tx *store.Tx) (err error) {
			_, sealed, err = token.BeginOwn(tx, sealer, start, token.NewSession{Account: account, Home: strings.Repeat("b", 32), Client: "host"})
			return err
		})
		if sealed == "" {
			return // no account id
		}
		if x, ok := sealer.Open(sealed); !ok || x.Account != account {
			t.Fatalf("got %+v, %v, want account %q", x, ok, account)
		}
		bent := []byte(sealed)
		bent[at%uint(len(bent))] ^= flip
		if x, ok := sealer.Open(string(bent)); ok && flip != 0 {
			t.Fatalf("bent at %d by %d: opened to %+v", at, flip, x)
		}
	})
}
