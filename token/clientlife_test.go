package token_test

import (
	"math"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

// TestClientLives: what a record says is bounded, whatever it says.
func TestClientLives(t *testing.T) {
	for name, tt := range map[string]struct {
		c          token.Client
		life, idle time.Duration
	}{
		"nothing said":               {token.Client{Platform: token.WebApp}, 30 * day, 15 * day},
		"said":                       {token.Client{Platform: token.Native, RefreshSeconds: 7200, IdleSeconds: 60}, 2 * time.Hour, time.Minute},
		"idle longer than the whole": {token.Client{Platform: token.WebApp, RefreshSeconds: 3600}, time.Hour, time.Hour},
		"a SPA":                      {token.Client{Platform: token.SPA}, 24 * time.Hour, 24 * time.Hour},
		"a SPA that asks for more":   {token.Client{Platform: token.SPA, RefreshSeconds: 999 * 86400, IdleSeconds: 999 * 86400}, 24 * time.Hour, 24 * time.Hour},
		"a SPA that asks for less":   {token.Client{Platform: token.SPA, RefreshSeconds: 3600, IdleSeconds: 600}, time.Hour, 10 * time.Minute},
		"below nothing":              {token.Client{Platform: token.WebApp, RefreshSeconds: -1, IdleSeconds: -1}, 30 * day, 15 * day},
		"more than there is":         {token.Client{Platform: token.WebApp, RefreshSeconds: math.MaxInt64, IdleSeconds: math.MaxInt64}, 366 * day, 366 * day},
	} {
		if life, idle := tt.c.RefreshLife(), tt.c.IdleLife(); life != tt.life || idle != tt.idle {
			t.Errorf("%s: got %v and %v, want %v and %v", name, life, idle, tt.life, tt.idle)
		}
	}
}

// TestRefreshWithin: lives of the client that have become others since the login. Past its
// absolute end a session is not there any more, so that its tokens are Invalid.
func TestRefreshWithin(t *testing.T) {
	const login, idle = 10 * time.Hour, 4 * time.Hour
	type step struct {
		at         time.Duration // since the login
		life, idle time.Duration // of the client at that call
		want       token.RefreshVerdict
	}
	for name, steps := range map[string][]step{
		"as they were":                            {{3 * time.Hour, login, idle, token.Granted}, {6 * time.Hour, login, idle, token.Granted}, {9 * time.Hour, login, idle, token.Granted}, {10 * time.Hour, login, idle, token.Invalid}},
		"none said":                               {{3 * time.Hour, 0, 0, token.Granted}, {7*time.Hour - 1, 0, 0, token.Granted}},
		"the whole shorter, from the login on":    {{2 * time.Hour, login, idle, token.Granted}, {4*time.Hour - 1, 4 * time.Hour, idle, token.Granted}, {4 * time.Hour, 4 * time.Hour, idle, token.Invalid}},
		"shorter than it has lasted":              {{3 * time.Hour, 3 * time.Hour, idle, token.Expired}},
		"and dead for good":                       {{3 * time.Hour, 3 * time.Hour, idle, token.Expired}, {3 * time.Hour, login, idle, token.Invalid}},
		"idle shorter, from the last refresh":     {{2 * time.Hour, login, idle, token.Granted}, {3*time.Hour - 1, login, time.Hour, token.Granted}, {4*time.Hour - 1, login, time.Hour, token.Expired}},
		"idle shorter, from the login":            {{time.Hour, login, time.Hour, token.Expired}},
		"idle longer, from the next refresh":      {{3 * time.Hour, login, 6 * time.Hour, token.Granted}, {9*time.Hour - 1, login, 6 * time.Hour, token.Granted}},
		"idle longer, too late for this one":      {{4 * time.Hour, login, 6 * time.Hour, token.Expired}},
		"the whole longer, not for this login":    {{3 * time.Hour, 99 * time.Hour, idle, token.Granted}, {6 * time.Hour, 99 * time.Hour, idle, token.Granted}, {9 * time.Hour, 99 * time.Hour, idle, token.Granted}, {10 * time.Hour, 99 * time.Hour, idle, token.Invalid}},
		"the whole shorter and long again, spent": {{time.Hour, 5 * time.Hour, idle, token.Granted}, {5 * time.Hour, login, idle, token.Invalid}},
	} {
		t.Run(name, func(t *testing.T) {
			db, idx := newDB(), newIndex(t, 1)
			_, refresh := begin(t, db, idx, start, token.NewSession{Scopes: offline, RefreshLife: login, RefreshIdle: idle})
			for i, s := range steps {
				r := present(t, db, idx, start.Add(s.at), token.RefreshRequest{Token: refresh, Client: client, Life: s.life, Idle: s.idle})
				wantVerdict(t, name+" "+string(rune('1'+i)), r, s.want)
				if r.Token != "" {
					refresh = r.Token
				}
			}
		})
	}
}

// TestWithinShares: the session that is judged is not the one that was read, which is
// shared.
func TestWithinShares(t *testing.T) {
	s := token.Session{Created: start, Expires: start.Add(day), Refresh: &token.Family{IdleSeconds: 7200, IdleAt: start.Add(2 * time.Hour)}}
	got := s.Within(time.Hour, time.Minute)
	if !s.Expires.Equal(start.Add(day)) || s.Refresh.IdleSeconds != 7200 || !s.Refresh.IdleAt.Equal(start.Add(2*time.Hour)) {
		t.Errorf("the session that was read became %+v", s)
	}
	if !got.Expires.Equal(start.Add(time.Hour)) || !got.End().Equal(start.Add(time.Minute)) {
		t.Errorf("got %+v until %v", got, got.End())
	}
	if plain := (token.Session{Created: start, Expires: start.Add(day)}).Within(time.Hour, time.Minute); !plain.Expires.Equal(start.Add(day)) {
		t.Errorf("one without refresh tokens ends at %v", plain.Expires)
	}
}
