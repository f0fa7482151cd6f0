package sallyport_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/token"
)

// TestP13Rotation walks 200 days in steps of a few hours over two nodes: a
// token issued by either is good at both for all its life.
func TestP13Rotation(t *testing.T) {
	beside(t)
	k := sallyporttest.New(t)
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	nodes := []*sallyporttest.Kit{k, k.Node()}
	kids := map[string]bool{}
	for step := range 200 * 3 {
		node := nodes[step%2]
		a := node.InProcess().WithScope("openid").Login(p.Name, p.Password).Want(t, sallyport.Success)
		head, _, _ := strings.Cut(a.Tokens.AccessToken, ".")
		kids[head] = true
		k.Clock.Advance(30*time.Minute - time.Second)
		if err := nodes[(step/7)%2].Engine.Maintain(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, n := range nodes {
			if _, err := n.Engine.Verify(t.Context(), a.Tokens.AccessToken); err != nil {
				t.Fatalf("step %d, node %d: %v", step, i, err)
			}
		}
		k.Clock.Advance(7*time.Hour + 30*time.Minute)
	}
	if len(kids) < 3 {
		t.Errorf("got %d signing keys in 200 days, want 3 at least", len(kids))
	}
}

// TestP13UnseenKey: a node that has not met a signing key yet reads it with the
// first token that is signed by it.
func TestP13UnseenKey(t *testing.T) {
	k := sallyporttest.New(t)
	p, late := k.AddUser(t, sallyporttest.User{Name: "paul"}), k.Node()
	for range 120 {
		k.Clock.Advance(24 * time.Hour)
		if err := k.Engine.Maintain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	a := k.InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success)
	if got, err := late.Engine.Verify(t.Context(), a.Tokens.AccessToken); err != nil || got.AccountID != p.ID {
		t.Errorf("got %v, %v, want the token good", got, err)
	}
}

// TestP13NextCall: another node has added a key. Whatever this node is asked
// next, it answers by the ring as it stands.
func TestP13NextCall(t *testing.T) {
	k := sallyporttest.New(t)
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	first := k.InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success)
	nodes := map[string]*sallyporttest.Kit{}
	for _, name := range []string{"key set", "verify", "login", "refresh"} {
		nodes[name] = k.Node()
	}
	signedBy := func(a sallyporttest.Answer) string {
		head, _, _ := strings.Cut(a.Tokens.AccessToken, ".")
		return head
	}
	rotate := func() {
		k.Clock.Advance(90 * 24 * time.Hour)
		if err := k.Engine.Maintain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	rotate()
	want, err := k.Engine.JWKS(t.Context())
	got, err2 := nodes["key set"].Engine.JWKS(t.Context())
	if err != nil || err2 != nil || string(got) != string(want) || strings.Count(string(got), `"kid"`) != 2 {
		t.Errorf("the key set: got %s, %v, %v, want both keys", got, err, err2)
	}
	k.Clock.Advance(25 * time.Hour)
	fresh := k.InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success)
	if signedBy(fresh) == signedBy(first) {
		t.Fatal("the second key does not sign")
	}
	if _, err := nodes["verify"].Engine.Verify(t.Context(), fresh.Tokens.AccessToken); err != nil {
		t.Errorf("verify: %v", err)
	}
	if a := nodes["login"].InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success); signedBy(a) != signedBy(fresh) {
		t.Error("login: signed by another key than at the node that made the last")
	}
	if a := nodes["refresh"].InProcess().Refresh(fresh.Tokens.RefreshToken); a.Tokens == nil || signedBy(a) != signedBy(fresh) {
		t.Error("refresh: signed by another key than at the node that made the last")
	}
}

// TestP13LostKeys: where one of the two records of the ring is lost or put back,
// no key is believed or made. A running node knows its keys until the small
// record moves.
func TestP13LostKeys(t *testing.T) {
	beside(t)
	const small, large = "ring/state", "keys/signing"
	tests := []struct {
		name    string
		spoil   func(*vandal)
		refused bool // by a running node
	}{
		{"the state is lost", func(v *vandal) { v.drop(small) }, true},
		{"the keys are lost", func(v *vandal) { v.drop(large) }, false},
		{"both are lost", func(v *vandal) { v.drop(small); v.drop(large) }, true},
		{"the state is put back", func(v *vandal) { v.putBack(small) }, true},
		{"the keys are put back", func(v *vandal) { v.putBack(large) }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var config sallyport.Config
			s := memstore.New()
			k := sallyporttest.New(t, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) { config = *c }))
			v := &vandal{Kit: k, t: t, raw: s}
			p := v.AddUser(t, sallyporttest.User{Name: "paul"})
			v.remember()
			v.Clock.Advance(90 * 24 * time.Hour)
			if err := v.Engine.Maintain(t.Context()); err != nil {
				t.Fatal(err)
			}
			v.InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success)
			tt.spoil(v)
			spoilt := v.records()
			if _, err := v.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: p.Password})); errors.Is(err, store.ErrDamaged) != tt.refused {
				t.Errorf("login: got %v, want it refused %v", err, tt.refused)
			}
			if err := v.Engine.Maintain(t.Context()); !errors.Is(err, store.ErrDamaged) {
				t.Errorf("upkeep: got %v, want %v", err, store.ErrDamaged)
			}
			if _, err := sallyport.New(t.Context(), config); !errors.Is(err, store.ErrDamaged) {
				t.Errorf("a new node: got %v, want %v", err, store.ErrDamaged)
			}
			for _, key := range []string{small, large} {
				if got := v.records()[key].Version; got != spoilt[key].Version {
					t.Errorf("%s was written", key)
				}
			}
		})
	}
}

// TestP13DamagedKey: no node begins with a key that cannot be read.
func TestP13DamagedKey(t *testing.T) {
	var config sallyport.Config
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { config = *c }))
	s, err := sealed.New(k.Store, config.Keys)
	if err != nil {
		t.Fatal(err)
	}
	err = store.NewDB(s, "").Run(t.Context(), k.Clock.Now(), func(tx *store.Tx) error {
		ring, _, err := token.ReadRing(tx)
		if err != nil {
			return err
		}
		ring.Keys = slices.Clone(ring.Keys)
		ring.Keys[0].PKCS8 = bytes.Clone(ring.Keys[0].PKCS8[1:])
		return token.SaveRing(tx, ring)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sallyport.New(t.Context(), config); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("got %v, want %v", err, store.ErrDamaged)
	}
}

// TestP13KeySet: without any upkeep a retired key vanishes from the key set at
// its moment, at every node, and what was handed out is the caller's own.
func TestP13KeySet(t *testing.T) {
	k := sallyporttest.New(t)
	k.Clock.Advance(90 * 24 * time.Hour)
	if err := k.Engine.Maintain(t.Context()); err != nil {
		t.Fatal(err)
	}
	nodes := []*sallyporttest.Kit{k, k.Node()}
	shown := func() (counts []int) {
		for _, n := range nodes {
			doc, err := n.Engine.JWKS(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			counts = append(counts, strings.Count(string(doc), `"kid"`))
			clear(doc)
			clear(n.Engine.Discovery())
		}
		return counts
	}
	// The second key signs a day and a minute after it was shown; a token of the
	// first lives a day more, and clocks are a minute apart each way.
	const retires = 24*time.Hour + time.Minute + token.MaxAccessLife + 2*time.Minute
	for _, step := range []struct {
		advance time.Duration
		want    int
	}{{0, 2}, {0, 2}, {retires - 1, 2}, {1, 1}, {0, 1}} {
		k.Clock.Advance(step.advance)
		if got := shown(); got[0] != step.want || got[1] != step.want {
			t.Errorf("got %d keys, want %d at each node", got, step.want)
		}
	}
	if doc := k.Engine.Discovery(); !json.Valid(doc) {
		t.Errorf("got %q, want a document", doc)
	}
}
