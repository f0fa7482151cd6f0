package sallyporttest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// Kit is an engine with everything around it. Make one with [New]; its methods
// may be called from any number of goroutines.
type Kit struct {
	Engine *sallyport.Engine
	Clock  *Clock
	Outbox *Outbox
	Store  store.Store // what the engine was given, beneath the sealing

	t       testing.TB
	config  sallyport.Config
	adapter httpadapter.Options
	record  *record
	misses  *misses
	dir     *population

	mu      sync.Mutex
	handler http.Handler
	server  *httptest.Server
}

// Option changes how [New] makes a kit.
type Option func(*plan)

// plan is a kit before it is made.
type plan struct {
	store   store.Store
	config  []func(*sallyport.Config)
	adapter []func(*httpadapter.Options)
	dir     []func(*directory.File)
}

// WithStore runs the engine over s, such as a backend of the host's own or one
// that counts or fails. The kit does not close it.
func WithStore(s store.Store) Option { return func(p *plan) { p.store = s } }

// WithConfig changes the configuration of the engine before it is made. Where
// it replaces the clock, the senders, the logger or OnEvent, the kit's own are
// out of use.
func WithConfig(change func(*sallyport.Config)) Option {
	return func(p *plan) { p.config = append(p.config, change) }
}

// WithAdapter changes how the engine is mounted for [Kit.Handler].
func WithAdapter(change func(*httpadapter.Options)) Option {
	return func(p *plan) { p.adapter = append(p.adapter, change) }
}

// WithDirectory changes the default directory, see [Directory], before it is
// applied.
func WithDirectory(change func(*directory.File)) Option {
	return func(p *plan) { p.dir = append(p.dir, change) }
}

// WithBusyGate makes the engine busy: whatever has a password to judge is refused
// with [sallyport.ErrBusy], over HTTP with status 503, and nothing is charged. Calls
// that judge none go on. A busy node beside a kit that is not is made by
// [Kit.Node].
func WithBusyGate() Option {
	return WithConfig(func(c *sallyport.Config) { c.Gate = &password.Gate{} })
}

// New makes a kit and fails the test at once if that is not possible. The end
// of the test takes it down.
func New(t testing.TB, opts ...Option) *Kit {
	t.Helper()
	var p plan
	for _, o := range opts {
		o(&p)
	}
	k := &Kit{t: t, Clock: &Clock{now: Start}, Outbox: newOutbox(t), Store: p.store, record: &record{}, misses: &misses{}, dir: newPopulation()}
	if k.Store == nil {
		s := memstore.New()
		t.Cleanup(func() { s.Close() })
		k.Store = s
	}
	k.config = sallyport.Config{
		Store: k.Store, Keys: sealed.NewKeys(), Issuer: Issuer, Email: k.Outbox, SMS: k.Outbox, Now: k.Clock.Now,
		Logger: k.record.logger(), OnEvent: k.record.event, PasswordParams: password.InsecureParamsForTests(),
	}
	for _, change := range p.config {
		change(&k.config)
	}
	k.Store = k.config.Store
	k.adapter.Logger = k.config.Logger
	for _, change := range p.adapter {
		change(&k.adapter)
	}
	if err := seedKey(t.Context(), k.config); err != nil {
		t.Fatalf("sallyporttest: %v", err)
	}
	k.start()
	k.Apply(t, func(d *directory.File) {
		for _, change := range p.dir {
			change(d)
		}
	})
	return k
}

// start makes the engine and plans its end: held calls are answered before the
// server waits for them.
func (k *Kit) start() {
	k.t.Helper()
	engine, err := sallyport.New(context.Background(), k.config)
	if err != nil {
		k.t.Fatalf("sallyporttest: making the engine: %v", err)
	}
	k.Engine = engine
	k.t.Cleanup(k.stop)
}

func (k *Kit) stop() {
	if err := k.Engine.Close(); err != nil {
		k.t.Errorf("sallyporttest: closing the engine: %v", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.server != nil {
		k.server.Close()
	}
}

// Node is another node on the same store: an engine of its own beside the
// kit's, with the same keys, clock, outbox, logs and people. Closing the kit's
// Engine before makes it a restart. Options change its configuration and its
// adapter; another store or directory would make it none, and fails the test.
func (k *Kit) Node(opts ...Option) *Kit {
	k.t.Helper()
	var p plan
	for _, o := range opts {
		o(&p)
	}
	if p.store != nil || p.dir != nil {
		k.t.Fatalf("sallyporttest: got a store or a directory of its own for a node, want those of the kit")
	}
	n := &Kit{Clock: k.Clock, Outbox: k.Outbox, Store: k.Store, t: k.t, config: k.config, adapter: k.adapter, record: k.record, misses: k.misses, dir: k.dir}
	for _, change := range p.config {
		change(&n.config)
	}
	for _, change := range p.adapter {
		change(&n.adapter)
	}
	n.start()
	return n
}

// Handler serves the engine over HTTP, by package httpadapter.
func (k *Kit) Handler() http.Handler {
	k.t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.lockedHandler()
}

func (k *Kit) lockedHandler() http.Handler {
	k.t.Helper()
	if k.handler == nil {
		a, err := httpadapter.New(k.Engine, k.adapter)
		if err != nil {
			k.t.Fatalf("sallyporttest: mounting the engine: %v", err)
		}
		k.handler = a
	}
	return k.handler
}

// Server serves [Kit.Handler] on a free port of this machine. It is started
// when first asked for.
func (k *Kit) Server() *httptest.Server {
	k.t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.server == nil {
		k.server = httptest.NewServer(k.lockedHandler())
	}
	return k.server
}
