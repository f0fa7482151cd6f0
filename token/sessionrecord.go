package token

import (
	"encoding/json"

	"github.com/sallyport-auth/sallyport/internal/jsonobj"
)

// appendSession writes s as encoding/json would. Every login and every refresh
// writes one.
func appendSession(b []byte, s Session) ([]byte, error) {
	o := jsonobj.Begin(b)
	o.String("id", s.ID)
	o.String("account", s.Account)
	o.Uint("epoch", s.Epoch)
	o.String("client", s.Client)
	o.String("application", s.Application)
	o.String("name", s.Name)
	o.Strings("scopes", s.Scopes)
	o.Time("authTime", s.AuthTime)
	if len(s.Methods) > 0 {
		o.Strings("methods", s.Methods)
	}
	o.Time("created", s.Created)
	o.Time("expires", s.Expires)
	if s.Ended {
		o.Bool("ended", true)
	}
	if f := s.Refresh; f != nil {
		o.Open("refresh")
		o.Uint("generation", f.Generation)
		o.Bytes("digest", f.Digest)
		if len(f.Past) > 0 {
			o.Bytes("past", f.Past)
		}
		if !f.RotatedAt.IsZero() {
			o.Time("rotatedAt", f.RotatedAt)
		}
		o.Int("idleSeconds", f.IdleSeconds)
		o.Time("idleAt", f.IdleAt)
		o.Close()
	}
	return o.End()
}

func appendSessionEntry(b []byte, e SessionEntry) ([]byte, error) {
	o := jsonobj.Begin(b)
	o.String("client", e.Client)
	o.Time("created", e.Created)
	return o.End()
}

// upgradeSession reads a session of schema 1, in which each past digest was a
// text of its own.
func upgradeSession(_ int, raw json.RawMessage) (Session, error) {
	var s Session
	old := struct {
		*Session
		Refresh *struct {
			*Family
			Past [][]byte `json:"past"`
		} `json:"refresh"`
	}{Session: &s}
	if err := json.Unmarshal(raw, &old); err != nil {
		return Session{}, err
	}
	if r := old.Refresh; r != nil {
		if r.Family == nil {
			r.Family = &Family{}
		}
		s.Refresh = r.Family
		for _, d := range r.Past {
			s.Refresh.Past = append(s.Refresh.Past, d...)
		}
	}
	return s, nil
}
