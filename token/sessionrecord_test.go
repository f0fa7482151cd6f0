package token_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/token"
)

// library is what encoding/json makes of v, HTML as it is.
func library(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// stored is the value part of the one record that a transaction writes.
func stored(t *testing.T, put func(tx *store.Tx) error) string {
	t.Helper()
	s := memstore.New()
	if err := store.Run(t.Context(), s, start, put); err != nil {
		t.Fatal(err)
	}
	for rec, err := range s.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		_, value, _ := strings.Cut(string(rec.Value), `"d":`)
		return strings.TrimSuffix(value, "}")
	}
	t.Fatal("nothing was written")
	return ""
}

// sessions are one of each shape: every member there, and every one that may
// be left out left out.
func sessions() map[string]token.Session {
	full := token.Session{
		ID: "0123", Account: account, Epoch: 1<<64 - 1, Client: client, Application: "app", Name: `<a&b> "ä" \`,
		Scopes: []string{"openid", "x\"y"}, AuthTime: start, Methods: []string{"pwd", "otp"}, Created: start.Add(time.Second),
		Expires: start.Add(time.Hour), Ended: true,
		Refresh: &token.Family{
			Generation: 7, Digest: bytes.Repeat([]byte{0xff}, 16), Past: bytes.Repeat([]byte{1, 0xfe}, 24),
			RotatedAt: start, IdleSeconds: 60, IdleAt: start.Add(time.Minute),
		},
	}
	first := full
	first.Methods, first.Ended = nil, false
	first.Refresh = &token.Family{Generation: 1, Digest: []byte{}, IdleAt: start.Truncate(time.Second)}
	one := full
	one.Methods = []string{"pwd"}
	one.Refresh = &token.Family{Generation: 2, Past: []byte{1}}
	return map[string]token.Session{"zero": {}, "full": full, "first": first, "one of each list": one}
}

func TestSessionIsWrittenAsTheLibraryWouldWriteIt(t *testing.T) {
	for name, s := range sessions() {
		got := stored(t, func(tx *store.Tx) error { return token.Sessions.Put(tx, "x", s, time.Time{}) })
		if want := library(t, s); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
		}
	}
	e := token.SessionEntry{Client: client, Created: start}
	got := stored(t, func(tx *store.Tx) error { return token.SessionEntries.Put(tx, "x", e, time.Time{}) })
	if want := library(t, e); got != want {
		t.Errorf("entry:\ngot  %s\nwant %s", got, want)
	}
}

// TestSessionIsReadBack reads what was written both from the memory of the
// process that wrote it and from the store.
func TestSessionIsReadBack(t *testing.T) {
	for name, want := range sessions() {
		s := memstore.New()
		wrote := store.NewDB(s, "")
		if err := wrote.Run(t.Context(), start, func(tx *store.Tx) error { return token.Sessions.Put(tx, "x", want, time.Time{}) }); err != nil {
			t.Fatal(err)
		}
		for reader, db := range map[string]*store.DB{"the writer": wrote, "another process": store.NewDB(s, "")} {
			var got token.Session
			err := db.Run(t.Context(), start, func(tx *store.Tx) (err error) {
				got, _, err = token.Sessions.Get(tx, "x")
				return err
			})
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s, read by %s: error %v\ngot  %+v\nwant %+v", name, reader, err, got, want)
			}
		}
	}
}

// TestSessionOfSchema1 reads a session as it was written when every past
// digest was a text of its own, and goes on with its refresh tokens.
func TestSessionOfSchema1(t *testing.T) {
	const refresh = `"generation":3,"digest":"AAAAAAAAAAAAAAAAAAAAAA==",` +
		`"past":["AQEBAQEBAQEBAQEBAQEBAQ==","AgICAgICAgICAgICAgICAg=="],"rotatedAt":"2026-03-01T12:00:00Z","idleSeconds":60,"idleAt":"2026-03-01T12:01:00Z"`
	const session = `"id":"0123","account":"a","epoch":2,"client":"c","application":"app","name":"n","scopes":["openid"],` +
		`"authTime":"2026-03-01T11:00:00Z","created":"2026-03-01T11:00:00Z","expires":"2026-03-31T11:00:00Z"`
	for name, test := range map[string]struct {
		raw  string
		past []byte
	}{
		"with a family":    {`{` + session + `,"refresh":{` + refresh + `}}`, slices.Concat(bytes.Repeat([]byte{1}, 16), bytes.Repeat([]byte{2}, 16))},
		"without a family": {`{` + session + `}`, nil},
		"past alone":       {`{` + session + `,"refresh":{"past":["AQ==","Ag=="]}}`, []byte{1, 2}},
	} {
		s := memstore.New()
		err := s.Commit(t.Context(), store.Change{ID: 1, Writes: []store.Write{
			{Key: token.Sessions.Key("0123"), Value: []byte(`{"s":1,"d":` + test.raw + `}`)},
		}})
		if err != nil {
			t.Fatal(err)
		}
		var got token.Session
		if err := store.Run(t.Context(), s, start, func(tx *store.Tx) (err error) {
			got, _, err = token.Sessions.Get(tx, "0123")
			return err
		}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got.Account != "a" || got.Epoch != 2 || len(got.Scopes) != 1 || got.Expires.IsZero() {
			t.Errorf("%s: got %+v", name, got)
		}
		if f := got.Refresh; f == nil != (test.past == nil) || f != nil && (f.Generation != 3 && name != "past alone" || !bytes.Equal(f.Past, test.past)) {
			t.Errorf("%s: got family %+v, want past %x", name, f, test.past)
		}
	}
}
