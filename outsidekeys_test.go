package sallyport_test

import (
	"crypto"
	"crypto/x509"
	"errors"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/token"
)

// device is a signer outside, which counts, and does what a test wants of it.
type device struct {
	crypto.Signer
	calls atomic.Int64
	how   atomic.Pointer[func() error] // before it signs; nil: nothing
}

func (d *device) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	d.calls.Add(1)
	if how := d.how.Load(); how != nil {
		if err := (*how)(); err != nil {
			return nil, err
		}
	}
	return d.Signer.Sign(random, digest, opts)
}

func (d *device) does(how func() error) { d.how.Store(&how) }

// outsideKit is a kit with a key of ES256 that is kept outside, and a client that has it;
// node starts another engine on its store, with other signers.
type outsideKit struct {
	*sallyporttest.Kit
	device *device
	key    token.OutsideKey
	client *sallyport.Caller
	node   func(t *testing.T, signers ...token.OutsideKey) (*sallyport.Engine, error)
	looks  func(t *testing.T) (*sallyport.Engine, error) // one that may begin without
}

func newOutsideKit(t *testing.T) *outsideKit {
	t.Helper()
	made, err := token.NewKey(token.ES256, 0, sallyporttest.Start)
	if err != nil {
		t.Fatal(err)
	}
	return outsideKitOf(t, outsideOf(t, made))
}

// outsideOf is a key of the store taken outside.
func outsideOf(t *testing.T, k token.Key) token.OutsideKey {
	t.Helper()
	return token.OutsideKey{Certificate: k.Certificate, Algorithm: k.SignsBy(), Signer: &device{Signer: privateOf(t, k)}}
}

func outsideKitOf(t *testing.T, key token.OutsideKey) *outsideKit {
	t.Helper()
	var config sallyport.Config
	o := &outsideKit{key: key, device: key.Signer.(*device)}
	s, keys := memstore.New(), sealed.NewKeys()
	o.Kit = sallyporttest.New(t, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Keys, c.Signers = keys, []token.OutsideKey{key}
		config = *c
	}))
	o.node = func(t *testing.T, signers ...token.OutsideKey) (*sallyport.Engine, error) {
		c := config
		c.Signers, c.Now = signers, o.Clock.Now
		e, err := sallyport.New(t.Context(), c)
		if err == nil {
			t.Cleanup(func() { e.Close() })
		}
		return e, err
	}
	o.looks = func(t *testing.T) (*sallyport.Engine, error) {
		c := config
		c.Signers, c.Now, c.AllowMissingSigners = nil, o.Clock.Now, true
		return sallyport.New(t.Context(), c)
	}
	o.client = machineOf(t, o.Kit, key.Algorithm)
	return o
}

// TestOutsideSigner: a key whose private half is outside signs, once a token, and none of
// it is in the store; a node without its signer verifies, and does not begin.
func TestOutsideSigner(t *testing.T) {
	o := newOutsideKit(t)
	raw := machineToken(t, o.Engine, o.client)
	if o.device.calls.Load() != 1 {
		t.Errorf("the signer was called %d times for a token, want once", o.device.calls.Load())
	}
	keys := signingKeysOf(t, o.Kit)
	if at := slices.IndexFunc(keys, func(k sallyport.SigningKey) bool { return k.Outside }); at < 0 || keys[at].ID != keyID(t, raw) || keys[at].State != token.KeySigning {
		t.Errorf("got the keys %+v, want %s outside", keys, keyID(t, raw))
	}
	if _, err := o.node(t); !errors.Is(err, token.ErrOutsideKey) || !strings.Contains(err.Error(), keyID(t, raw)) {
		t.Errorf("a node without the signer: got %v, want %v with its id", err, token.ErrOutsideKey)
	}
	looks, err := o.looks(t)
	if err != nil {
		t.Fatal(err)
	}
	defer looks.Close()
	if _, err := looks.VerifyClient(t.Context(), raw); err != nil {
		t.Errorf("at one that may do without: %v", err)
	}
	if _, err := looks.ClientCredentials(t.Context(), sallyport.ClientCredentials{Caller: o.client}); !errors.Is(err, token.ErrOutsideKey) {
		t.Errorf("signed by one that may do without: got %v, want %v", err, token.ErrOutsideKey)
	}
	other, err := o.node(t, o.key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.VerifyClient(t.Context(), raw); err != nil {
		t.Errorf("at a node with it: %v", err)
	}
	machineToken(t, other, o.client)
}

// TestOutsideSignerFails: an error or a panic of the signer denies, and is over with it.
func TestOutsideSignerFails(t *testing.T) {
	made, err := token.NewKey(token.ES256, 0, sallyporttest.Start)
	if err != nil {
		t.Fatal(err)
	}
	o := outsideKitOf(t, outsideOf(t, made))
	for name, how := range map[string]func() error{
		"errs":   func() error { return errors.New("device says PIN 4711") },
		"panics": func() error { panic("device says PIN 4711") },
	} {
		o.device.does(how)
		tokens, err := o.Engine.ClientCredentials(t.Context(), sallyport.ClientCredentials{Caller: o.client})
		if err == nil || tokens != nil {
			t.Errorf("%s: got %v, want an error", name, tokens)
		}
	}
	o.device.does(func() error { return nil })
	machineToken(t, o.Engine, o.client)
}

// TestOutsideSignerRefresh: RS256 is outside. While the signer fails, logins and refreshes
// fail; the refresh token that was spent then is good again within its grace.
func TestOutsideSignerRefresh(t *testing.T) {
	made, err := token.NewKey(token.RS256, token.DefaultKeyBits, sallyporttest.Start)
	if err != nil {
		t.Fatal(err)
	}
	o := outsideKitOf(t, outsideOf(t, made))
	p, c := o.AddUser(t, sallyporttest.User{Name: "paul"}), o.InProcess()
	c.Login(p.Name, p.Password).Want(t, sallyport.Success)
	if o.device.calls.Load() != 0 {
		t.Error("it signs before it was shown for a day")
	}
	o.Clock.Advance(24*time.Hour + time.Minute)
	if err := o.Engine.Maintain(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := c.Login(p.Name, p.Password).Want(t, sallyport.Success)
	if o.device.calls.Load() != 1 {
		t.Errorf("a day later: called %d times, want once", o.device.calls.Load())
	}
	o.device.does(func() error { return errors.New("gone") })
	in := sallyport.Refresh{Caller: &sallyport.Caller{ClientID: c.ID, ClientSecret: c.Secret}, RefreshToken: a.Tokens.RefreshToken}
	if got, err := o.Engine.Refresh(t.Context(), in); err == nil || got != nil {
		t.Errorf("while it fails: got %v, %v, want an error", got, err)
	}
	if r, err := o.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: p.Password})); err == nil || r != nil {
		t.Errorf("while it fails: got %v, %v, want an error", r, err)
	}
	o.device.does(func() error { return nil })
	got, err := o.Engine.Refresh(t.Context(), in)
	if err != nil {
		t.Fatalf("once it is back: %v", err)
	}
	if _, err := o.Engine.Verify(t.Context(), got.AccessToken); err != nil {
		t.Error(err)
	}
	before := o.device.calls.Load()
	for range 5 { // upkeep makes no key in the place of one that is kept outside
		o.Clock.Advance(60 * 24 * time.Hour)
		upkeep(t, o.Kit)
	}
	c.Login(p.Name, p.Password).Want(t, sallyport.Success)
	if o.device.calls.Load() != before+1 {
		t.Error("another key signs, that upkeep has made")
	}
}

// TestOutsideSignerHangs: a signer that hangs costs its caller five seconds, and never more
// than 64 goroutines; when it is back, so are the tokens.
func TestOutsideSignerHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOutsideKit(t)
		end := make(chan struct{})
		o.device.does(func() error { <-end; return nil })
		slow, busy := atomic.Int64{}, atomic.Int64{}
		crowd(80, func(int) {
			began := time.Now()
			_, err := o.Engine.ClientCredentials(t.Context(), sallyport.ClientCredentials{Caller: o.client})
			switch took := time.Since(began); {
			case errors.Is(err, sallyport.ErrBusy):
				busy.Add(1)
			case err == nil || took != 5*time.Second:
				t.Errorf("got %v after %v, want an error after five seconds", err, took)
			default:
				slow.Add(1)
			}
		})
		if slow.Load() != 64 || busy.Load() != 16 {
			t.Errorf("%d waited, %d were turned away, want 64 and 16", slow.Load(), busy.Load())
		}
		close(end)
		synctest.Wait()
		machineToken(t, o.Engine, o.client)
	})
}

// TestOutsideSignerExchanged: the next signer is given at a start, is shown for a day, and
// signs then; a node that lacks it begins with a warning while it waits, and fails by
// itself once it signs. What is retired does not come back.
func TestOutsideSignerExchanged(t *testing.T) {
	o := newOutsideKit(t)
	made, err := token.NewKey(token.ES256, 0, o.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	next := outsideOf(t, made)
	fresh, err := o.node(t, o.key, next)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.node(t, o.key); err != nil || !strings.Contains(o.Logs(), "Config.Signers does not have it") {
		t.Errorf("a node without the one that waits: got %v, want it to begin, and a word in the log", err)
	}
	first := machineToken(t, fresh, o.client)
	o.Clock.Advance(24*time.Hour + time.Minute)
	if id := keyID(t, machineToken(t, fresh, o.client)); id != made.ID || id == keyID(t, first) {
		t.Errorf("a day later %s signs, want %s", id, made.ID)
	}
	if _, err := o.Engine.ClientCredentials(t.Context(), sallyport.ClientCredentials{Caller: o.client}); !errors.Is(err, token.ErrOutsideKey) {
		t.Errorf("the node without it: got %v, want %v", err, token.ErrOutsideKey)
	}
	if _, err := o.Engine.VerifyClient(t.Context(), machineToken(t, fresh, o.client)); err != nil {
		t.Errorf("the node without it verifies: %v", err)
	}
	if err := fresh.RetireKeys(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	if again, err := o.node(t, o.key, next); err != nil {
		t.Error(err)
	} else if id := keyID(t, machineToken(t, again, o.client)); id == made.ID {
		t.Error("a key that was retired signs again")
	}
}

// TestOutsideSignerRefuses: what is wrong with a signer is told at the start, by its place.
func TestOutsideSignerRefuses(t *testing.T) {
	o := newOutsideKit(t)
	other := newOutsideKit(t)
	for name, c := range map[string]struct {
		key  token.OutsideKey
		want string
	}{
		"none":          {token.OutsideKey{}, "Config.Signers[1]: Signer is missing"},
		"another's":     {token.OutsideKey{Certificate: o.key.Certificate, Signer: other.key.Signer}, "Config.Signers[1]: Signer has another public key"},
		"of the past":   {expiredKey(t), "expired"},
		"the same, RSA": {token.OutsideKey{Certificate: o.key.Certificate, Algorithm: token.RS256, Signer: o.key.Signer}, "not for RS256"},
	} {
		if _, err := o.node(t, o.key, c.key); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// expiredKey is one of EdDSA whose certificate is over.
func expiredKey(t *testing.T) token.OutsideKey {
	t.Helper()
	made, err := token.NewKey(token.EdDSA, 0, sallyporttest.Start.AddDate(-11, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return outsideOf(t, made)
}

// TestOutsideFirst: in a new store a key of RS256 that is kept outside is the first, and no
// other is made.
func TestOutsideFirst(t *testing.T) {
	made, err := token.NewKey(token.RS256, token.DefaultKeyBits, sallyporttest.Start)
	if err != nil {
		t.Fatal(err)
	}
	e, err := sallyport.New(t.Context(), sallyport.Config{
		Store: memstore.New(), InsecurePlainStore: true, Issuer: "http://127.0.0.1", Now: func() time.Time { return sallyporttest.Start },
		Signers: []token.OutsideKey{outsideOf(t, made)},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if keys, err := e.Keys(t.Context()); err != nil || len(keys) != 1 || keys[0].ID != made.ID || keys[0].State != token.KeySigning {
		t.Errorf("got %+v, %v, want the one outside", keys, err)
	}
}

// privateOf is the private half of a key of the store.
func privateOf(t *testing.T, k token.Key) crypto.Signer {
	t.Helper()
	parsed, err := x509.ParsePKCS8PrivateKey(k.PKCS8)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.(crypto.Signer)
}
