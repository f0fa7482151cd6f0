package sallyport_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/token"
)

// machineOf is a client of an application of its own, whose tokens are signed by the
// algorithm, as the caller of a call.
func machineOf(t *testing.T, k *sallyporttest.Kit, algorithm string) *sallyport.Caller {
	t.Helper()
	admin := k.Engine.Admin(sallyport.Actor{Name: "test"})
	app, err := admin.CreateApplication(t.Context(), directory.NewApplication{Name: "by " + algorithm})
	if err != nil {
		t.Fatal(err)
	}
	n := directory.NewClient{
		Application: app.ID, Platform: string(token.Service), GrantTypes: []string{token.GrantClientCredentials}, Scopes: []string{"orders.read"},
		AccessTokenLifetime: token.MaxAccessLife,
	}
	if algorithm != token.RS256 {
		n.TokenProfile, n.TokenAlgorithm = token.ProfileRFC9068, algorithm
	}
	c, secret, err := admin.CreateClient(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return &sallyport.Caller{ClientID: c.ID, ClientSecret: secret}
}

// machineToken is a token of a client for itself.
func machineToken(t *testing.T, e *sallyport.Engine, c *sallyport.Caller) string {
	t.Helper()
	tokens, err := e.ClientCredentials(t.Context(), sallyport.ClientCredentials{Caller: c})
	if err != nil {
		t.Fatal(err)
	}
	return tokens.AccessToken
}

// keyID is the kid that a token names.
func keyID(t *testing.T, raw string) string {
	t.Helper()
	head, _, _ := strings.Cut(raw, ".")
	text, err := base64.RawURLEncoding.DecodeString(head)
	var h struct{ Kid, Alg string }
	if err == nil {
		err = json.Unmarshal(text, &h)
	}
	if err != nil || !strings.HasSuffix(h.Kid, h.Alg) {
		t.Fatalf("got the header %s, %v", text, err)
	}
	return h.Kid
}

// importedPEM is a key and its certificate, good for ten years around now, to import.
func importedPEM(t *testing.T, key crypto.Signer, now time.Time) sallyport.ImportedKey {
	t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.AddDate(-5, 0, 0), NotAfter: now.AddDate(5, 0, 0)}
	cert, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	return sallyport.ImportedKey{Certificate: block("CERTIFICATE", cert), PrivateKey: block("PRIVATE KEY", private)}
}

// keyWalk is three nodes over one store, whose clocks are the whole skew apart, and the
// tokens that they have signed and that live.
type keyWalk struct {
	*testing.T
	store   store.Store
	nodes   []*sallyporttest.Kit
	clients map[string]*sallyport.Caller // by algorithm
	first   map[string]bool              // ids of the first keys of an algorithm
	live    []walkToken
	signed  map[string]bool // ids of keys that have signed
	checked int
	most    int // bytes of the record of the keys
}

type walkToken struct {
	raw  string
	dies time.Time // by the clock that is right
}

// walkOffsets are how far the clocks of the nodes are ahead: a minute apart, which is the
// skew that the default policy allows.
var walkOffsets = []time.Duration{-30 * time.Second, 0, 30 * time.Second}

func newKeyWalk(t *testing.T) *keyWalk {
	s := memstore.New()
	w := &keyWalk{T: t, store: s, clients: map[string]*sallyport.Caller{}, first: map[string]bool{}, signed: map[string]bool{}}
	w.nodes = clusterOf(t, s, sealed.NewKeys(), walkOffsets...)
	for i, algorithm := range token.Algorithms() {
		w.clients[algorithm] = machineOf(t, w.nodes[i%len(w.nodes)], algorithm)
	}
	for _, k := range w.keys(0) {
		w.first[k.ID] = true
	}
	if len(w.first) != 4 {
		t.Fatalf("got %d keys, want the first of four algorithms", len(w.first))
	}
	return w
}

// now is the clock that is right.
func (w *keyWalk) now() time.Time { return w.nodes[1].Clock.Now() }

func (w *keyWalk) advance(d time.Duration) {
	for _, k := range w.nodes {
		k.Clock.Advance(d)
	}
}

func (w *keyWalk) keys(node int) []sallyport.SigningKey {
	w.Helper()
	keys, err := w.nodes[node].Engine.Keys(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return keys
}

// sign has a node sign by an algorithm, by a key that may sign.
func (w *keyWalk) sign(node int, algorithm string) {
	w.Helper()
	raw := machineToken(w.T, w.nodes[node].Engine, w.clients[algorithm])
	id := keyID(w.T, raw)
	w.signed[id] = true
	keys := w.keys(node)
	i := slices.IndexFunc(keys, func(k sallyport.SigningKey) bool { return k.ID == id })
	if i < 0 {
		w.Fatalf("%v: signed by %s, which is no key of the ring", w.now(), id)
	}
	k := keys[i]
	if k.State != token.KeySigning || k.Algorithm != algorithm {
		w.Errorf("%v: signed for %s by %+v", w.now(), algorithm, k)
	}
	shown := k.Published.Add(-walkOffsets[0]) // when the slowest node shows it
	if !w.first[id] && w.now().Sub(shown) < 24*time.Hour {
		w.Errorf("%v: %s signs, shown everywhere since %v", w.now(), id, shown)
	}
	w.live = append(w.live, walkToken{raw, w.now().Add(walkOffsets[node] + token.MaxAccessLife)})
}

// check has every node judge every token that lives by its clock, and show the keys of all.
func (w *keyWalk) check() {
	w.Helper()
	w.live = slices.DeleteFunc(w.live, func(l walkToken) bool { return !w.now().Add(walkOffsets[0]).Before(l.dies) })
	for i, n := range w.nodes {
		doc, err := n.Engine.JWKS(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		for _, l := range w.live {
			if !w.now().Add(walkOffsets[i]).Before(l.dies.Truncate(time.Second)) {
				continue
			}
			w.checked++
			if _, err := n.Engine.VerifyClient(w.Context(), l.raw); err != nil {
				w.Fatalf("%v: node %d: a token of %s that lives until %v: %v", w.now(), i, keyID(w.T, l.raw), l.dies, err)
			}
			if id := keyID(w.T, l.raw); !strings.Contains(string(doc), id) {
				w.Fatalf("%v: node %d does not show %s, whose token lives", w.now(), i, id)
			}
		}
	}
	w.most = max(w.most, len(load(w.T, w.store, "keys/signing").Value))
}

// act is what happens to the keys on some days beside upkeep: two nodes rotate at once, and
// keys come from elsewhere, one of them while another waits.
func (w *keyWalk) act(day int) {
	w.Helper()
	rotate := func(node int, algorithm string) string {
		k, err := w.nodes[node].Engine.RotateKeys(w.Context(), sallyport.KeyRotation{Algorithm: algorithm})
		if err != nil {
			w.Fatal(err)
		}
		return k.ID
	}
	imports := func(node int, key crypto.Signer) {
		if _, err := w.nodes[node].Engine.ImportKey(w.Context(), importedPEM(w.T, key, w.now())); err != nil {
			w.Fatal(err)
		}
	}
	switch day {
	case 40:
		if a, b := rotate(0, token.ES256), rotate(2, token.ES256); a != b {
			w.Errorf("two nodes that rotate at once made %s and %s, want one key", a, b)
		}
	case 130:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			w.Fatal(err)
		}
		imports(1, key)
	case 200:
		rotate(1, token.ES256)
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			w.Fatal(err)
		}
		imports(2, key)
	case 201, 202, 203:
		rotate(0, token.EdDSA)
	}
}

// next is the way to the next step, and whether that is a moment at which a key begins to
// sign, or retires, on the node whose clock is ahead, and on no other yet.
func (w *keyWalk) next(stride time.Duration) (way time.Duration, moment bool) {
	way = stride
	for _, k := range w.keys(2) {
		for _, at := range []time.Time{k.SignsFrom, k.RetiresAt} {
			if to := at.Add(-walkOffsets[2]).Sub(w.now()); !at.IsZero() && to > 0 && to < way {
				way, moment = to, true
			}
		}
	}
	return way, moment
}

// TestP13KeyWalk walks 400 days, in its long form hour by hour, over three nodes whose
// clocks are a minute apart and of which any does the upkeep, with keys of all four
// algorithms, some of which are rotated by hand or imported: every live token is good on
// every node, no key signs before all have shown it for a day, but the first of its
// algorithm, none that retired signs, and the record of the keys stays small.
func TestP13KeyWalk(t *testing.T) {
	beside(t)
	stride, heavy := 22*time.Hour, 9 // RS256 and PS256 take thirty times as long
	if long() {
		stride, heavy = time.Hour, 1
	}
	w := newKeyWalk(t)
	start, acted, way, moment := w.now(), 0, time.Duration(0), false
	for step := 0; w.now().Before(start.Add(400 * 24 * time.Hour)); step++ {
		if step%2 == 0 {
			if err := w.nodes[step/2%len(w.nodes)].Engine.Maintain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for ; acted <= int(w.now().Sub(start)/(24*time.Hour)); acted++ {
			w.act(acted)
		}
		for i, algorithm := range token.Algorithms() {
			for node := range w.nodes {
				if moment || (step+i)%len(w.nodes) == node && (i >= 2 || step%heavy == 0) {
					w.sign(node, algorithm)
				}
			}
		}
		w.check()
		way, moment = w.next(stride)
		w.advance(way)
	}
	for _, algorithm := range token.Algorithms() {
		n := 0
		for id := range w.signed {
			if strings.HasSuffix(id, algorithm) {
				n++
			}
		}
		if n < 4 {
			t.Errorf("%s: %d keys have signed in 400 days, want four at least", algorithm, n)
		}
	}
	if w.most > 48<<10 || w.checked < 2000 {
		t.Errorf("the record of the keys had %d bytes, %d tokens were judged", w.most, w.checked)
	}
	t.Logf("%d judgements, %d keys, the record had %d bytes at most", w.checked, len(w.signed), w.most)
}
