package sallyport_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// cluster are nodes with a store in common, and somebody whose link waits at the first.
type cluster struct {
	*sallyporttest.Kit
	t    *testing.T
	open func() store.Store // the store as another process has it
	held *sallyporttest.Held
	call sallyporttest.Answer // 1
}

func newCluster(t *testing.T, open func() store.Store) *cluster {
	t.Helper()
	k := sallyporttest.New(t, sallyporttest.WithStore(open()))
	p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	x := &cluster{Kit: k, t: t, open: open, call: k.HTTP().Login(p.Name, p.Password).Want(t, wanted)}
	x.held = k.HTTP().WaitLink(x.call, "Email")
	return x
}

// node is one more.
func (x *cluster) node() *sallyporttest.Kit {
	x.t.Helper()
	s := x.open()
	return x.Node(sallyporttest.WithConfig(func(c *sallyport.Config) { c.Store = s }))
}

// stop ends a node as a restart does.
func (x *cluster) stop(k *sallyporttest.Kit) {
	x.t.Helper()
	if err := k.Engine.Close(); err != nil {
		x.t.Fatal(err)
	}
}

// TestLinkAcrossNodes: a link is answered at one node and the call that waits is held by
// another, over HTTP; the answer comes through, also when either node is started anew
// meanwhile, and one mail is all that is sent. How soon it comes is for the benchmarks.
func TestLinkAcrossNodes(t *testing.T) {
	beside(t)
	stores := map[string]func(*testing.T) func() store.Store{
		"memory": func(t *testing.T) func() store.Store {
			s := memstore.New()
			t.Cleanup(func() { s.Close() })
			return func() store.Store { return s }
		},
		"PostgreSQL": func(t *testing.T) func() store.Store {
			url := pgtest.URL(t)
			return func() store.Store { return openPostgres(t, url) } // connections of its own
		},
	}
	for _, tt := range []struct {
		name string
		walk func(x *cluster) sallyporttest.Answer
		want sallyport.Status
	}{
		{"approved", func(x *cluster) sallyporttest.Answer {
			x.node().HTTP().Approve(x.held.Link)
			return x.held.Answer()
		}, sallyport.Success},
		{"denied", func(x *cluster) sallyporttest.Answer {
			x.node().HTTP().Deny(x.held.Link)
			return x.held.Answer()
		}, sallyport.Failure | sallyport.ProcessCanceled},
		{"the node that holds starts anew", func(x *cluster) sallyporttest.Answer {
			x.stop(x.Kit)
			x.held.Answer().Want(x.t, waiting)
			again := chooseLink(x.node().HTTP(), x.call)
			x.node().HTTP().Approve(x.held.Link)
			return <-again
		}, sallyport.Success},
		{"approved while nobody holds", func(x *cluster) sallyporttest.Answer {
			x.stop(x.Kit)
			x.held.Answer().Want(x.t, waiting)
			x.node().HTTP().Approve(x.held.Link)
			return x.node().HTTP().Choose(x.call, "Email", "Link")
		}, sallyport.Success},
		{"the node that showed the page starts anew", func(x *cluster) sallyporttest.Answer {
			first := x.node()
			form := first.Browser(first.Handler()).Open(x.held.Link).Form()
			x.stop(first)
			token := linkToken(x.held.Link)
			d := sallyport.LinkDecision{Nonce: form.Value("nonce"), Approve: true}
			if out, err := x.node().Engine.DecideLink(x.t.Context(), token, d); err != nil || out != sallyport.LinkApproved {
				x.t.Errorf("got %q, %v, want it approved with the page of before", out, err)
			}
			return x.held.Answer()
		}, sallyport.Success},
		{"the node that took the answer ends at once", func(x *cluster) sallyporttest.Answer {
			second := x.node()
			second.HTTP().Approve(x.held.Link)
			x.stop(second)
			return x.held.Answer()
		}, sallyport.Success},
	} {
		for name, open := range stores {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				x := newCluster(t, open(t))
				tt.walk(x).Want(t, tt.want)
				if got := x.Outbox.Count(); got != 1 {
					t.Errorf("got %d messages, want the link alone", got)
				}
			})
		}
	}
}
