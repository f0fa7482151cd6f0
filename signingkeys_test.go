package sallyport_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/store/storetest"
	"github.com/sallyport-auth/sallyport/token"
)

func ecKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func signingKeysOf(t *testing.T, k *sallyporttest.Kit) []sallyport.SigningKey {
	t.Helper()
	keys, err := k.Engine.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// statesOf are the algorithms and states of the keys of a kit, in their order.
func statesOf(t *testing.T, k *sallyporttest.Kit) string {
	t.Helper()
	var all []string
	for _, key := range signingKeysOf(t, k) {
		all = append(all, fmt.Sprint(key.Algorithm, " ", key.State))
	}
	return strings.Join(all, ", ")
}

// TestRotateKeys: the next key waits for its time unless it is to sign at once; it is asked
// for once, whoever asks, in the name of who asked.
func TestRotateKeys(t *testing.T) {
	k := sallyporttest.New(t)
	first := signingKeysOf(t, k)
	if len(first) != 1 || first[0].State != token.KeySigning || !first[0].SignsUntil.IsZero() || !first[0].RetiresAt.IsZero() {
		t.Fatalf("got %+v, want one key that signs", first)
	}
	admin := k.Engine.Admin(sallyport.Actor{Name: "olga", Reason: "ticket 9"})
	a, err := admin.RotateSigningKeys(t.Context(), sallyport.KeyRotation{})
	b, err2 := k.Node().Engine.RotateKeys(t.Context(), sallyport.KeyRotation{Algorithm: token.RS256})
	if err != nil || err2 != nil || a != b || a.State != token.KeyPublished || !a.SignsFrom.Equal(k.Clock.Now().Add(24*time.Hour+time.Minute)) {
		t.Errorf("got %+v, %v and %+v, %v, want one key that signs in a day", a, err, b, err2)
	}
	if was := signingKeysOf(t, k)[0]; !was.SignsUntil.Equal(a.SignsFrom) || !was.RetiresAt.Equal(a.SignsFrom.Add(token.MaxAccessLife+2*time.Minute)) {
		t.Errorf("got %+v, want it to end a day after %v", was, a.SignsFrom)
	}
	if now, err := k.Engine.RotateKeys(t.Context(), sallyport.KeyRotation{Now: true}); err != nil || now.State != token.KeySigning {
		t.Errorf("at once: got %+v, %v", now, err)
	}
	if _, err := k.Engine.RotateKeys(t.Context(), sallyport.KeyRotation{Algorithm: token.EdDSA}); err != nil {
		t.Error(err)
	}
	if got := statesOf(t, k); got != "RS256 retiring, RS256 retiring, RS256 signing, EdDSA signing" {
		t.Errorf("got %s", got)
	}
	if _, err := k.Engine.RotateKeys(t.Context(), sallyport.KeyRotation{Algorithm: "HS256"}); err == nil {
		t.Error("a key of HS256 was made")
	}
	var told []string
	for _, ev := range k.Events() {
		if ev.Kind == sallyport.EventSigningKeyAdded {
			told = append(told, fmt.Sprint(ev.Actor, " ", ev.Reason, " ", strings.Contains(ev.Detail, a.ID)))
		}
	}
	if got := strings.Join(told, ", "); got != "olga ticket 9 true,   false,   false" {
		t.Errorf("got the events %q", got)
	}
}

// TestRotateKeysBounded: an operator who replaces keys again and again comes to an end
// before the record does, changes nothing then, and goes on a day later.
func TestRotateKeysBounded(t *testing.T) {
	beside(t)
	k := sallyporttest.New(t)
	rotate := func() error {
		_, err := k.Engine.RotateKeys(t.Context(), sallyport.KeyRotation{Algorithm: token.ES256, Now: true})
		return err
	}
	n, err := 0, error(nil)
	for ; err == nil && n < 200; n++ {
		err = rotate()
	}
	if !errors.Is(err, token.ErrRingFull) || n < 16 {
		t.Fatalf("after %d keys: got %v, want %v", n, err, token.ErrRingFull)
	}
	before := len(signingKeysOf(t, k))
	upkeep(t, k)
	if got := len(signingKeysOf(t, k)); got != before || got != n {
		t.Errorf("got %d keys, want the %d as they were", got, n)
	}
	k.Clock.Advance(25 * time.Hour)
	if err := rotate(); err != nil {
		t.Errorf("a day later: %v", err)
	}
}

// TestImportSigningKey: a key from elsewhere signs after its day, is met twice by nobody,
// and stays away once it was retired.
func TestImportSigningKey(t *testing.T) {
	k := sallyporttest.New(t)
	client := machineOf(t, k, token.ES256)
	key := ecKey(t)
	in := importedPEM(t, key, k.Clock.Now())
	got, err := k.Engine.ImportKey(t.Context(), in)
	if err != nil || got.State != token.KeyPublished || got.Algorithm != token.ES256 {
		t.Fatalf("got %+v, %v, want it published", got, err)
	}
	for name, again := range map[string]sallyport.ImportedKey{"the same": in, "under another certificate": importedPEM(t, key, k.Clock.Now().Add(time.Hour))} {
		if _, err := k.Node().Engine.ImportKey(t.Context(), again); !errors.Is(err, token.ErrKeyReused) {
			t.Errorf("%s: got %v, want %v", name, err, token.ErrKeyReused)
		}
	}
	if _, err := k.Engine.ImportKey(t.Context(), sallyport.ImportedKey{Certificate: in.Certificate}); !errors.Is(err, sallyport.ErrBadKey) {
		t.Errorf("without its private key: got %v, want %v", err, sallyport.ErrBadKey)
	}
	if text := fmt.Sprintf("%v %+v %#v", in, in, in); strings.Contains(text, "PRIVATE") {
		t.Errorf("it prints itself: %s", text)
	}
	k.Clock.Advance(24*time.Hour + time.Minute)
	raw := machineToken(t, k.Engine, client)
	if id := keyID(t, raw); id != got.ID {
		t.Errorf("a day later %s signs, want %s", id, got.ID)
	}
	if err := k.Engine.RetireKeys(t.Context(), got.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Engine.VerifyClient(t.Context(), raw); !errors.Is(err, sallyport.ErrInvalidToken) {
		t.Errorf("what it signed, after it was retired: got %v, want %v", err, sallyport.ErrInvalidToken)
	}
	if _, err := k.Engine.ImportKey(t.Context(), in); !errors.Is(err, token.ErrKeyReused) {
		t.Errorf("after it was retired: got %v, want %v", err, token.ErrKeyReused)
	}
	machineToken(t, k.Engine, client)
}

// TestImportRestsSealed: nothing of the private key is in the store or in an event.
func TestImportRestsSealed(t *testing.T) {
	s := memstore.New()
	k := sallyporttest.New(t, sallyporttest.WithStore(s))
	key := ecKey(t)
	if _, err := k.Engine.ImportKey(t.Context(), importedPEM(t, key, k.Clock.Now())); err != nil {
		t.Fatal(err)
	}
	secret, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for r, err := range s.Scan(t.Context(), "", "") {
		if err != nil || bytes.Contains(r.Value, secret) {
			t.Errorf("%s holds the private key, or %v", r.Key, err)
		}
	}
}

// TestFirstKeyOfAlgorithm: a client's algorithm has a key from the commit on that gives it,
// by whatever way; where that was past the engine, the login makes it.
func TestFirstKeyOfAlgorithm(t *testing.T) {
	profile, algorithm := token.ProfileRFC9068, token.EdDSA
	for name, give := range map[string]func(k *sallyporttest.Kit){
		"made so": func(k *sallyporttest.Kit) { machineOf(t, k, token.EdDSA) },
		"changed": func(k *sallyporttest.Kit) {
			c := machineOf(t, k, token.RS256)
			by := directory.ClientChange{TokenProfile: &profile, TokenAlgorithm: &algorithm}
			if _, err := k.Engine.Admin(sallyport.Actor{Name: "test"}).UpdateClient(t.Context(), c.ClientID, by); err != nil {
				t.Fatal(err)
			}
		},
		"by the file": func(k *sallyporttest.Kit) {
			d := directory.File{Applications: []directory.Application{{Name: "other"}}, Clients: []directory.Client{{
				Application: "other", Platform: string(token.Service), GrantTypes: []string{token.GrantClientCredentials}, Scopes: []string{"x"},
				TokenProfile: &profile, TokenAlgorithm: &algorithm, Secrets: []directory.Secret{{Value: sallyporttest.ClientSecret}},
			}}}
			if _, err := k.Engine.Apply(t.Context(), d, directory.Options{}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := sallyporttest.New(t)
			give(k)
			if got := statesOf(t, k); got != "RS256 signing, EdDSA signing" {
				t.Errorf("got %s", got)
			}
		})
	}
}

// TestFirstKeyInLogin: the key of an algorithm was lost from the ring, as where the client
// was written by another program: callers who come at once get tokens by one new key.
func TestFirstKeyInLogin(t *testing.T) {
	k, keys := keptKit(t, nil)
	client := machineOf(t, k, token.ES256)
	s, err := sealed.New(k.Store, keys)
	if err != nil {
		t.Fatal(err)
	}
	err = store.NewDB(s, "").Run(t.Context(), k.Clock.Now(), func(tx *store.Tx) error {
		ring, _, err := token.ReadRing(tx)
		if err != nil {
			return err
		}
		ring.Keys = ring.Keys[:1]
		return token.SaveRing(tx, ring)
	})
	if err != nil {
		t.Fatal(err)
	}
	nodes := []*sallyporttest.Kit{k, k.Node()}
	made := make([]string, 8)
	crowd(len(made), func(i int) {
		tokens, err := nodes[i%2].Engine.ClientCredentials(context.Background(), sallyport.ClientCredentials{Caller: client})
		if err != nil {
			t.Error(err)
			return
		}
		made[i] = tokens.AccessToken
	})
	if got := statesOf(t, k); got != "RS256 signing, ES256 signing" {
		t.Fatalf("got %s", got)
	}
	for i, raw := range made {
		if _, err := nodes[1-i%2].Engine.VerifyClient(t.Context(), raw); err != nil || keyID(t, raw) != keyID(t, made[0]) {
			t.Errorf("token %d: %v", i, err)
		}
	}
}

// TestKeyFaults: where the store fails, no key is added, and none is told of; where the
// connection dies after the change has landed, it is added once.
func TestKeyFaults(t *testing.T) {
	s := storetest.NewFaulty(memstore.New())
	k := sallyporttest.New(t, sallyporttest.WithStore(s))
	in := importedPEM(t, ecKey(t), k.Clock.Now())
	calls := map[string]func() (sallyport.SigningKey, error){
		"rotating": func() (sallyport.SigningKey, error) { return k.Engine.RotateKeys(t.Context(), sallyport.KeyRotation{}) },
		"at once": func() (sallyport.SigningKey, error) {
			return k.Engine.RotateKeys(t.Context(), sallyport.KeyRotation{Now: true})
		},
		"importing": func() (sallyport.SigningKey, error) { return k.Engine.ImportKey(t.Context(), in) },
	}
	for name, call := range calls {
		s.Reset()
		s.At(storetest.Commit, 1, storetest.Fail(errors.New("disk full")))
		if got, err := call(); err == nil || got != (sallyport.SigningKey{}) {
			t.Errorf("%s: got %+v, %v, want an error", name, got, err)
		}
	}
	s.Reset()
	if got := statesOf(t, k); got != "RS256 signing" {
		t.Errorf("got %s", got)
	}
	s.Reset()
	s.At(storetest.Commit, 1, storetest.Then(store.ErrUnknown))
	if got, err := calls["importing"](); err != nil || got.Algorithm != token.ES256 {
		t.Errorf("landed without an answer: got %+v, %v", got, err)
	}
	if got := statesOf(t, k); got != "RS256 signing, ES256 signing" {
		t.Errorf("got %s", got)
	}
}
