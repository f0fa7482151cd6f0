package token_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// TestKeyringIsItsRing asks a keyring at every moment of its ring, just before
// and after, in any order: it says what the ring says.
func TestKeyringIsItsRing(t *testing.T) {
	keys := testKeys()
	two := rotate(t, rotate(t, token.Ring{}, start, keys[0]), start.Add(90*day), keys[1])
	r := rotate(t, two, start.Add(180*day), keys[2]) // without the first, which has retired
	r.Keys = slices.Concat(two.Keys[:1], r.Keys)
	r.Keys[0].RetireAt = r.Keys[2].Published // two moments in one
	var moments []time.Time
	for _, k := range r.Keys {
		for _, at := range []time.Time{k.Published, k.SignFrom, k.RetireAt} {
			moments = append(moments, at.Add(-1), at, at.Add(1), at.Add(time.Hour))
		}
	}
	moments = append(moments, start.Add(-1000*day), start.Add(1000*day))
	for range 2 {
		moments = append(moments, moments...)
	}
	rand.Shuffle(len(moments), func(i, j int) { moments[i], moments[j] = moments[j], moments[i] })
	var signers token.Signers
	k := token.NewKeyring(r, &signers)
	for _, now := range moments {
		got, err := k.At(now)
		if err != nil {
			t.Fatal(err)
		}
		signer, err := got.Signer("")
		if want := signerID(t, r, now); err != nil || signer.KeyID() != want {
			t.Errorf("at %v: signer %v, %v, want %s", now, signer, err, want)
		}
		want := ids(r.Verifiers(now))
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(got.Verifiers)); !slices.Equal(got, want) {
			t.Errorf("at %v: verifiers %q, want %q", now, got, want)
		}
		doc, err := got.JWKS()
		if wantDoc, werr := r.JWKS(now); err != nil || werr != nil || string(doc) != string(wantDoc) {
			t.Errorf("at %v: key set %s, %v, want %s, %v", now, doc, err, wantDoc, werr)
		}
	}
}

// TestKeyringKeeps: within a stretch nothing is made anew.
func TestKeyringKeeps(t *testing.T) {
	var signers token.Signers
	k := token.NewKeyring(rotate(t, token.Ring{}, start, testKeys()[0]), &signers)
	first, err := k.At(start)
	if err != nil {
		t.Fatal(err)
	}
	for _, later := range []time.Duration{0, 1, day, 1000 * day} {
		if now, err := k.At(start.Add(later)); now != first || err != nil {
			t.Errorf("%v later: made anew, %v", later, err)
		}
	}
}

func TestKeyringWithoutKeys(t *testing.T) {
	var signers token.Signers
	now, err := token.NewKeyring(token.Ring{}, &signers).At(start)
	if err != nil || len(now.Verifiers) != 0 {
		t.Errorf("the zero ring: got %+v, %v, want no key", now, err)
	}
	if s, err := now.Signer(token.RS256); s != nil || !errors.Is(err, token.ErrNoSigner) {
		t.Errorf("the zero ring: signs by %v, %v, want %v", s, err, token.ErrNoSigner)
	}
	damaged := token.Ring{Keys: []token.Key{fake(1)}}
	if now, err := token.NewKeyring(damaged, &signers).At(start); !errors.Is(err, store.ErrDamaged) || now != nil {
		t.Errorf("a damaged key: got %+v, %v, want %v", now, err, store.ErrDamaged)
	}
}
