package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

const (
	webID     = sallyporttest.ApplicationID + "_WebApp"  // tells no address
	speakerID = sallyporttest.ApplicationID + "_Service" // speaks for its users
)

// visitor is one caller of a flood, or one good login beside it.
type visitor struct {
	in   sallyport.Login
	good bool
}

type visitorKey struct{}

// visitorOf is a login by a client, for a user at an address; told is what the
// client says of that.
func visitorOf(client, address, told, name, pw string) *visitor {
	return &visitor{in: sallyport.Login{
		Caller: &sallyport.Caller{ClientID: client, ClientSecret: sallyporttest.ClientSecret}, Address: address, UserAddress: told, Username: name, Password: pw,
	}}
}

// lobby is a store that sees who comes in by the gate: whoever has waited there
// reads the lock of the name once more, and that alone.
type lobby struct {
	store.Store

	mu     sync.Mutex
	floods int            // of the flood that were inside
	before map[string]int // the same when a good login came in, by name
}

func (l *lobby) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	if v, ok := ctx.Value(visitorKey{}).(*visitor); ok && len(keys) == 1 && store.TableOf(keys[0]) == "lockout" {
		l.mu.Lock()
		if v.good {
			l.before[v.in.Username] = l.floods
		} else {
			l.floods++
		}
		l.mu.Unlock()
	}
	return l.Store.Load(ctx, keys...)
}

// floods are callers of wrong logins, by number, and whoever comes meanwhile.
var floods = []struct {
	name       string
	flood, tom func(i int) *visitor
}{
	{"loopback addresses", func(i int) *visitor {
		return visitorOf(sallyporttest.ClientID, "127.0.0.1", "", fmt.Sprint("n", i), "a guess")
	}, func(i int) *visitor {
		return visitorOf(sallyporttest.ClientID, fmt.Sprint("203.0.113.", i), "", fmt.Sprint("good", i), sallyporttest.Password)
	}},
	{"one web server that tells no address", func(i int) *visitor {
		return visitorOf(webID, "192.0.2.1", "", fmt.Sprint("n", i), "a guess")
	}, func(i int) *visitor {
		return visitorOf(speakerID, "192.0.2.1", fmt.Sprint("203.0.113.", i), fmt.Sprint("good", i), sallyporttest.Password)
	}},
	{"six IPv6 /64 of one /56", func(i int) *visitor {
		return visitorOf(sallyporttest.ClientID, fmt.Sprintf("2001:db8:0:%x::1", i%6), "", fmt.Sprint("n", i), "a guess")
	}, func(i int) *visitor {
		return visitorOf(sallyporttest.ClientID, fmt.Sprintf("2001:db8:%x::1", i+1), "", fmt.Sprint("good", i), sallyporttest.Password)
	}},
}

// said is what a visitor was told.
type said int

const (
	saidOther said = iota
	saidWelcome
	saidWrong
	saidBusy
)

// entrance is a way to an engine.
type entrance struct {
	name string
	open func(*testing.T, *sallyporttest.Kit) func(*visitor) (said, error)
}

var entrances = []entrance{
	{"in process", func(t *testing.T, k *sallyporttest.Kit) func(*visitor) (said, error) {
		return func(v *visitor) (said, error) {
			r, err := k.Engine.Login(context.WithValue(t.Context(), visitorKey{}, v), v.in)
			switch {
			case errors.Is(err, sallyport.ErrBusy):
				return saidBusy, nil
			case err != nil:
				return saidOther, err
			case r.Tokens != nil:
				return saidWelcome, nil
			case r.Status.Has(sallyport.PasswordDoesNotMatch):
				return saidWrong, nil
			}
			return saidOther, fmt.Errorf("status %s", r.Status)
		}
	}},
	{"over HTTP", overHTTP},
}

// overHTTP is a server that many connections come to. What the visitor's
// address is to be stands in a header, which only this server believes.
func overHTTP(t *testing.T, k *sallyporttest.Kit) func(*visitor) (said, error) {
	var known sync.Map
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, _ := known.Load(r.Header.Get("X-Visitor"))
		k.Handler().ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitorKey{}, v)))
	}))
	t.Cleanup(srv.Close)
	var number atomic.Int64
	return func(v *visitor) (said, error) {
		id := strconv.FormatInt(number.Add(1), 10)
		known.Store(id, v)
		form := url.Values{
			"grant_type": {"VGAuthenticator"}, "client_id": {v.in.Caller.ClientID}, "client_secret": {v.in.Caller.ClientSecret},
			"Username": {v.in.Username}, "Password": {v.in.Password},
		}
		if v.in.UserAddress != "" {
			form.Set("VGClientAddress", v.in.UserAddress)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/connect/token", strings.NewReader(form.Encode()))
		if err != nil {
			return saidOther, err
		}
		req.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "X-Visitor": {id}, addressHeader: {v.in.Address}}
		resp, err := srv.Client().Do(req)
		if err != nil {
			return saidOther, err
		}
		defer resp.Body.Close()
		switch resp.StatusCode {
		case http.StatusOK:
			return saidWelcome, nil
		case http.StatusBadRequest:
			return saidWrong, nil
		case http.StatusServiceUnavailable:
			return saidBusy, nil
		}
		return saidOther, fmt.Errorf("status %d", resp.StatusCode)
	}
}

const addressHeader = "X-Visitor-Address"

// floodKit is a kit with that gate, and with the clients that floods come
// through.
func floodKit(t *testing.T, gate *password.Gate, s store.Store, opts ...sallyporttest.Option) *sallyporttest.Kit {
	t.Helper()
	return sallyporttest.New(t, append(opts, sallyporttest.WithStore(s),
		sallyporttest.WithConfig(func(c *sallyport.Config) {
			c.Gate = gate
			if long() {
				c.PasswordParams = password.DefaultParams()
			}
		}),
		sallyporttest.WithAdapter(func(o *httpadapter.Options) {
			o.ClientAddress = func(r *http.Request) string { return r.Header.Get(addressHeader) }
		}),
		sallyporttest.WithDirectory(func(d *directory.File) {
			web := d.Clients[0]
			web.Platform = "WebApp"
			speaker := d.Clients[0]
			speaker.Platform, speaker.SpeaksForUsers = "Service", true
			d.Clients = append(d.Clients, web, speaker)
		}))...)
}

// newGate returns a gate whose permits are all taken until open is called.
func newGate(t *testing.T, permits, queue int) (gate *password.Gate, open func()) {
	t.Helper()
	gate, err := password.NewGate(password.GateConfig{Permits: permits, Queue: queue})
	if err != nil {
		t.Fatal(err)
	}
	in, out := make(chan struct{}), make(chan struct{})
	var over sync.WaitGroup
	for i := range permits {
		over.Go(func() {
			place := password.Place{Name: fmt.Sprint("*", i)}
			if err := gate.Do(context.Background(), place, func(bool) { in <- struct{}{}; <-out }); err != nil {
				t.Errorf("taking a permit: %v", err)
			}
		})
		<-in
	}
	var once sync.Once
	open = func() { once.Do(func() { close(out); over.Wait() }) }
	t.Cleanup(open)
	return gate, open
}

// party are visitors who have been sent in.
type party struct {
	t    *testing.T
	wg   sync.WaitGroup
	busy chan struct{} // one for each who was turned away
	mu   sync.Mutex
	said map[said]int
}

func newParty(t *testing.T) *party {
	return &party{t: t, busy: make(chan struct{}, 10_000), said: map[said]int{}}
}

// send lets one visitor in, and calls then, if it is not nil, with the answer.
func (p *party) send(enter func(*visitor) (said, error), v *visitor, then func(said)) {
	p.wg.Go(func() {
		s, err := enter(v)
		if err != nil {
			p.t.Errorf("%s from %s: %v", v.in.Username, v.in.Address, err)
		}
		p.mu.Lock()
		p.said[s]++
		p.mu.Unlock()
		if s == saidBusy {
			p.busy <- struct{}{}
		}
		if then != nil {
			then(s)
		}
	})
}

// await waits until n more were turned away.
func (p *party) await(n int) {
	for range n {
		<-p.busy
	}
}

// TestP10Flood has four times as many wrong logins at the door as the queue holds,
// in the long form a thousand, and twenty good ones from elsewhere that come after. All of these get
// in, each after two of the flood at most; of the flood only so many are hashed
// as there are places, and the rest is put off. There is one permit, so that the
// order in which they go in is plain.
func TestP10Flood(t *testing.T) {
	beside(t)
	const goods = 20
	queue, wrongs := 64, 250
	if long() {
		queue, wrongs = 256, 1000
	}
	for _, f := range floods {
		for _, e := range entrances {
			t.Run(f.name+"/"+e.name, func(t *testing.T) {
				gate, open := newGate(t, 1, queue)
				l := &lobby{Store: memstore.New(), before: map[string]int{}}
				k := floodKit(t, gate, l)
				for i := range goods {
					k.AddUser(t, sallyporttest.User{Name: fmt.Sprint("good", i)})
				}
				enter, flood, good := e.open(t, k), newParty(t), newParty(t)
				for i := range wrongs {
					flood.send(enter, f.flood(i), nil)
				}
				flood.await(wrongs - queue)
				var slowest atomic.Int64
				var opened time.Time // set before anybody gets in
				for i := range goods {
					v := f.tom(i)
					v.good = true
					good.send(enter, v, func(said) { storeMax(&slowest, int64(time.Since(opened))) })
				}
				flood.await(goods) // each has taken the place of one
				opened = time.Now()
				open()
				good.wg.Wait()
				flood.wg.Wait()
				if got := good.said[saidWelcome]; got != goods {
					t.Errorf("%d of %d good logins were granted: %v", got, goods, good.said)
				}
				if b, w := flood.said[saidBusy], flood.said[saidWrong]; b != wrongs-queue+goods || w != queue-goods {
					t.Errorf("of the flood %d were put off and %d told that they were wrong, want %d and %d", b, w, wrongs-queue+goods, queue-goods)
				}
				most := 0
				for name, n := range l.before {
					if most = max(most, n); n > 2 {
						t.Errorf("%d of the flood went in before %s, want 2 at most", n, name)
					}
				}
				if len(l.before) != goods || l.floods != queue-goods {
					t.Errorf("%d good logins and %d of the flood were inside, want %d and %d", len(l.before), l.floods, goods, queue-goods)
				}
				row := f.name + ", " + e.name
				proof.Note(t, "floods", row, "wrong logins", wrongs)
				proof.Note(t, "floods", row, "of these hashed", l.floods)
				proof.Note(t, "floods", row, "good logins granted", fmt.Sprint(good.said[saidWelcome], " of ", goods))
				proof.Note(t, "floods", row, "hashes of the flood before a good login, limit 2", most)
				proof.Note(t, "floods", row, "slowest good login, limit 3 s", fmt.Sprintf("%.2f s", time.Duration(slowest.Load()).Seconds()))
			})
		}
	}
}

// storeMax raises a to n.
func storeMax(a *atomic.Int64, n int64) {
	for {
		old := a.Load()
		if n <= old || a.CompareAndSwap(old, n) {
			return
		}
	}
}

// corridor is a store in which everybody who has come in by the gate stays until
// they are sent on.
type corridor struct {
	store.Store
	in, on       chan struct{}
	inside, most atomic.Int64
}

func (c *corridor) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	if _, ok := ctx.Value(visitorKey{}).(*visitor); ok && len(keys) == 1 && store.TableOf(keys[0]) == "lockout" {
		storeMax(&c.most, c.inside.Add(1))
		c.in <- struct{}{}
		<-c.on
		c.inside.Add(-1)
	}
	return c.Store.Load(ctx, keys...)
}

// TestP10HashesAtOnce: of a flood as many passwords are hashed at once as there
// are permits, which bounds the memory.
func TestP10HashesAtOnce(t *testing.T) {
	const permits, queue, wrongs = 2, 64, 200
	gate, open := newGate(t, permits, queue)
	c := &corridor{Store: memstore.New(), in: make(chan struct{}, wrongs), on: make(chan struct{})}
	k := floodKit(t, gate, c)
	enter, flood := entrances[0].open(t, k), newParty(t)
	for i := range wrongs {
		flood.send(enter, floods[0].flood(i), nil)
	}
	flood.await(wrongs - queue)
	open()
	for i := range queue {
		<-c.in // as many as there are permits are in before the first goes on
		if i >= permits-1 {
			c.on <- struct{}{}
		}
	}
	for range permits - 1 {
		c.on <- struct{}{}
	}
	flood.wg.Wait()
	if got := c.most.Load(); got != permits {
		t.Errorf("%d were inside at once, want %d", got, permits)
	}
}

// TestP10FloodOfOneName floods the name of somebody who logs in meanwhile, from
// as many addresses as there are places but one: they get in, or are told that
// the name is locked, and are not put off.
func TestP10FloodOfOneName(t *testing.T) {
	const queue, addresses, each = 256, 255, 4
	for _, e := range entrances[:1] {
		gate, open := newGate(t, 1, queue)
		k := floodKit(t, gate, memstore.New())
		p := k.AddUser(t, sallyporttest.User{Name: "victim"})
		enter := func(v *visitor) (said, error) {
			if s, err := e.open(t, k)(v); s != saidOther {
				return s, err
			}
			return saidWrong, nil // locked
		}
		flood := newParty(t)
		for i := range addresses * each {
			flood.send(enter, visitorOf(sallyporttest.ClientID, fmt.Sprint("198.51.100.", i%addresses), "", p.Name, fmt.Sprint("guess ", i)), nil)
		}
		flood.await(addresses*each - queue)
		victim := make(chan *sallyport.Result, 1)
		go func() {
			r, err := k.Engine.Login(context.Background(), visitorOf(sallyporttest.ClientID, "203.0.113.5", "", p.Name, p.Password).in)
			if err != nil {
				t.Errorf("the right password: %v", err)
			}
			victim <- r
		}()
		flood.await(1) // the victim has taken a place
		open()
		flood.wg.Wait()
		if r := <-victim; r != nil && r.Tokens == nil && r.Status != lockedOut {
			t.Errorf("the right password: got %s, want tokens or a locked name", r.Status)
		}
		if flood.said[saidOther]+flood.said[saidWelcome] != 0 {
			t.Errorf("the flood was told %v", flood.said)
		}
	}
}
