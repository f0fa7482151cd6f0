package sallyport_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// keeper keeps the device tokens of whoever signs in by it, as a host's cookie does.
type keeper struct {
	t      *testing.T
	k      *sallyporttest.Kit
	tokens string
}

// signIn is a login by the password, which has the factor wanted or not, and then is
// completed and remembered. It answers the session.
func (b *keeper) signIn(p *sallyporttest.Person, want sallyport.Outcome) *sallyport.Session {
	b.t.Helper()
	r := hostLogin(b.t, b.k, sallyport.Login{Username: p.Name, Password: p.Password, DeviceToken: b.tokens})
	wantOutcome(b.t, p.Name, r, want, sallyport.NoReason)
	if r.Outcome == sallyport.FactorWanted {
		r = hostLogin(b.t, b.k, sallyport.Login{
			RequestID: r.RequestID, OptionID: r.Options[0].ID, Code: p.Authenticator.Fresh(), RememberDevice: true, DeviceToken: b.tokens,
		})
	}
	if r.Session == nil || r.DeviceToken == "" {
		b.t.Fatalf("%s: got %v and a device token: %v, want both", p.Name, r, r.DeviceToken != "")
	}
	b.tokens = sallyport.KeepDeviceToken(b.tokens, r.DeviceToken)
	return r.Session
}

// wantKept fails the test unless a browser keeps as many tokens.
func (b *keeper) wantKept(n int) {
	b.t.Helper()
	if got := len(strings.Fields(b.tokens)); got != n {
		b.t.Errorf("got %d tokens kept, want %d", got, n)
	}
}

// people are accounts with an authenticator each.
func people(t *testing.T, k *sallyporttest.Kit, n int) (list []*sallyporttest.Person) {
	t.Helper()
	for i := range n {
		list = append(list, k.AddUser(t, sallyporttest.User{Name: fmt.Sprint("user", i), TOTP: true}))
	}
	return list
}

const remembers, asks = sallyport.Granted, sallyport.FactorWanted

// TestDeviceTokensOfTwo: two people who sign in by one browser in turn are both remembered
// there, however often.
func TestDeviceTokensOfTwo(t *testing.T) {
	k := remembering(t)
	p := people(t, k, 2)
	b := &keeper{t: t, k: k}
	b.signIn(p[0], asks)
	b.signIn(p[1], asks)
	for range 3 {
		for _, who := range p {
			k.Clock.Advance(time.Minute) // a spent token that came back would end the device
			before := b.tokens
			b.signIn(who, remembers)
			b.wantKept(2)
			if b.tokens == before {
				t.Errorf("%s: the token is not spent", who.Name)
			}
		}
	}
	a := byDevice(k.HTTP(), p[0], b.tokens).Want(t, wanted) // a client has no use of the host's
	if a.Granted() {
		t.Errorf("got %v", a)
	}
}

// TestDeviceTokensOverHTTP: a client may keep a list as well.
func TestDeviceTokensOverHTTP(t *testing.T) {
	k := remembering(t)
	c, p := k.HTTP(), people(t, k, 2)
	list := sallyport.KeepDeviceToken(remembered(t, c, p[0]), remembered(t, c, p[1]))
	for range 2 {
		for _, who := range p {
			k.Clock.Advance(time.Minute)
			list = sallyport.KeepDeviceToken(list, byDevice(c, who, list).Want(t, sallyport.Success).Tokens.DeviceToken)
		}
	}
}

// TestDeviceTokensOfSix: the sixth account has the one that signed in longest ago go, and no
// other.
func TestDeviceTokensOfSix(t *testing.T) {
	k := remembering(t)
	p := people(t, k, 6)
	b := &keeper{t: t, k: k}
	for _, who := range p[:5] {
		b.signIn(who, asks)
	}
	b.wantKept(5)
	b.signIn(p[0], remembers) // so the second is the oldest
	b.signIn(p[5], asks)
	b.wantKept(5)
	for _, i := range []int{0, 2, 3, 4, 5} {
		b.signIn(p[i], remembers)
	}
	b.signIn(p[1], asks)
	b.wantKept(5)
	if len(b.tokens) != 484 {
		t.Errorf("got %d characters, want 484", len(b.tokens))
	}
	six := b.tokens + " " + strings.Repeat("0", 96) // with nobody's behind them
	for who, want := range map[*sallyporttest.Person]sallyport.Outcome{p[2]: asks, p[3]: remembers} {
		r := hostLogin(t, k, sallyport.Login{Username: who.Name, Password: who.Password, DeviceToken: six})
		wantOutcome(t, who.Name+", with six tokens", r, want, sallyport.NoReason)
	}
	if kept := sallyport.KeepDeviceToken(six, ""); kept != six[97:] {
		t.Errorf("got %q kept of six, want the last five", kept)
	}
}

// TestDeviceTokensAnswerLost: where the answer with the next token is lost, the list that is
// left gets the same one again; with the other accounts of the browser it has nothing to do.
func TestDeviceTokensAnswerLost(t *testing.T) {
	k := remembering(t)
	p := people(t, k, 2)
	b := &keeper{t: t, k: k}
	b.signIn(p[0], asks)
	b.signIn(p[1], asks)
	left := b.tokens
	b.signIn(p[0], remembers)
	next := b.tokens
	k.Clock.Advance(29 * time.Second)
	b.tokens = left
	b.signIn(p[0], remembers)
	if b.tokens != next {
		t.Error("got another token for the same one")
	}
	b.signIn(p[1], remembers)
}

// TestDeviceTokensCopied: a spent token that comes back in a list ends that device, and none
// of another account.
func TestDeviceTokensCopied(t *testing.T) {
	k := remembering(t)
	p := people(t, k, 2)
	b := &keeper{t: t, k: k}
	b.signIn(p[0], asks)
	b.signIn(p[1], asks)
	thief := &keeper{t: t, k: k, tokens: b.tokens}
	b.signIn(p[0], remembers)
	k.Clock.Advance(30 * time.Second)
	thief.signIn(p[0], asks)
	if n := len(deviceEvents(k)); n != 4 { // remembered thrice, and ended once
		t.Errorf("got events %q", deviceEvents(k))
	}
	b.signIn(p[1], remembers)
	b.signIn(p[0], asks)
}

// TestP4DeviceTokens: wrong passwords on a list are counted by the device of the account that
// is named, and end that one alone; more tokens of one account are no more guesses.
func TestP4DeviceTokens(t *testing.T) {
	k := remembering(t)
	p := people(t, k, 2)
	c := k.InProcess()
	mine := make([]string, 4)
	for i := range mine {
		mine[i] = remembered(t, c, p[0])
	}
	other := remembered(t, c, p[1])
	list := strings.Join(append(mine, other), " ")
	missesOn(t, c, p[0].Name, list, 5) // they end the last of them
	byDevice(c, p[0], list).Want(t, wanted)
	byDevice(c, p[0], mine[3]).Want(t, wanted)
	byDevice(c, p[0], mine[2]).Want(t, sallyport.Success)
	for i := range 10 {
		c.Call(sallyport.Login{Username: p[0].Name, Password: fmt.Sprint("wrong ", i), DeviceToken: list}) // counted by the name
	}
	byDevice(c, p[0], list).Want(t, lockedOut)
	byDevice(c, p[1], list).Want(t, sallyport.Success) // nobody missed on it
}

// TestP9DeviceTokens: a list of five costs a login no reading that a single token of another
// account does not cost, of an account and of nobody's name.
func TestP9DeviceTokens(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := remembering(t, sallyporttest.WithStore(counting))
	c, p := k.InProcess(), people(t, k, 6)
	var list []string
	for _, who := range p[1:] {
		list = append(list, remembered(t, c, who))
	}
	costs(t, counting)("a login by one of five", 2, 1, func() {
		list[0] = byDevice(c, p[1], strings.Join(list, " ")).Want(t, sallyport.Success).Tokens.DeviceToken
	})
	work := func(name, password, tokens string) storetest.Counts {
		k.Clock.Advance(time.Hour)
		counting.Reset()
		if r, err := k.Engine.Login(t.Context(), login(sallyport.Login{Username: name, Password: password, DeviceToken: tokens})); err != nil || r.Tokens != nil {
			t.Errorf("%s: got %v, %v", name, r, err)
		}
		return counting.Counts()
	}
	for _, name := range []string{p[0].Name, "nobody"} {
		for _, password := range []string{p[0].Password, "wrong"} {
			want := work(name, password, "")
			for n := range list {
				if got := work(name, password, strings.Join(list[n:], " ")); got != want {
					t.Errorf("%s with %d tokens: got %+v, want %+v", name, 5-n, got, want)
				}
			}
		}
	}
}

// TestDevicesIn: the owner sees which of their devices the browser is, and forgets it, whose
// token is dropped then and no other.
func TestDevicesIn(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := remembering(t, sallyporttest.WithStore(counting))
	p := people(t, k, 2)
	b, elsewhere := &keeper{t: t, k: k}, &keeper{t: t, k: k}
	b.signIn(p[1], asks)
	elsewhere.signIn(p[0], asks)
	handle := b.signIn(p[0], asks).Handle
	present := func(tokens string) (list []bool) {
		t.Helper()
		devices, err := k.Engine.DevicesIn(t.Context(), handle, tokens)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range devices {
			list = append(list, d.Present)
		}
		return list
	}
	spent := b.tokens
	b.signIn(p[0], remembers)
	others := strings.Fields(b.tokens)[0]
	mine := strings.Fields(b.tokens)[1]
	for name, tt := range map[string]struct {
		tokens string
		want   []bool
	}{
		"its own":               {b.tokens, []bool{false, true}},
		"a moment old":          {spent, []bool{false, true}},
		"another browser's":     {elsewhere.tokens, []bool{true, false}},
		"another account's":     {others, []bool{false, false}},
		"another secret":        {mine[:32] + strings.Repeat("0", 64), []bool{false, false}},
		"none":                  {"", []bool{false, false}},
		"text that is no token": {"x " + mine[1:], []bool{false, false}},
	} {
		if got := present(tt.tokens); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
	costs(t, counting)("the list", 1, 0, func() { present(b.tokens) })
	devices, err := k.Engine.Devices(t.Context(), handle)
	if err != nil || len(devices) != 2 || devices[0].Present || devices[1].Present {
		t.Fatalf("got %+v, %v, want two, and none told to be this one", devices, err)
	}
	wantNoError(t, k.Engine.ForgetDevice(t.Context(), handle, devices[1].ID))
	if left := sallyport.DropDeviceToken(b.tokens, devices[1].ID); left != others {
		t.Errorf("got %q left, want the other account's", left)
	}
	if left := sallyport.DropDeviceToken(b.tokens, devices[0].ID); left != b.tokens {
		t.Errorf("another device: got %q left, want all", left)
	}
	b.signIn(p[0], asks) // also with the token
	elsewhere.signIn(p[0], remembers)
}
