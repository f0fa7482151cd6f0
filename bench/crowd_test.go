package bench

import (
	"fmt"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// clients is how many ask at once.
const clients = 64

// BenchmarkCrowd is a login by name and password that 64 clients make at once,
// each of ours as another user, on one processor and on two. The signature and
// the hash are free.
func BenchmarkCrowd(b *testing.B) {
	for _, procs := range []int{1, 2} {
		if procs > runtime.NumCPU() {
			continue
		}
		for _, seal := range []bool{false, true} {
			k := newKit(b, memory(b), seal, realTime)
			populate(b, k, 0, clients, nil)
			l := library{name: "ours", path: "/connect/token", handler: k.Handler()}
			if seal {
				l.name = "sealed"
			}
			l.benchCrowd(b, procs, func(i int) string { return loginForm(person(i)) })
		}
		for _, l := range []library{newFosite(), newGoOAuth2(b)} {
			l.benchCrowd(b, procs, func(int) string { return passwordForm() })
		}
	}
}

func (l library) benchCrowd(b *testing.B, procs int, form func(client int) string) {
	b.Run(fmt.Sprintf("%s/procs=%d", l.name, procs), func(b *testing.B) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		list, forms := callersOf(b, l, clients), make([]string, clients)
		for i := range forms {
			forms[i] = form(i)
		}
		b.ResetTimer()
		spread(clients, b.N, func(client, _ int) bool {
			got := list[client].send(forms[client])
			if got != http.StatusOK {
				b.Errorf("got status %d, want %d", got, http.StatusOK)
			}
			return got == http.StatusOK
		})
	})
}

// BenchmarkGrow is one session that is refreshed again and again. Its figure is
// what each refresh adds to the records of the store, in bytes.
func BenchmarkGrow(b *testing.B) {
	const warm = 64 // a session remembers its last refresh tokens, so at first it grows
	s := memory(b)
	k := newKit(b, s, false, realTime)
	k.AddUser(b, sallyporttest.User{Name: userName})
	c := newCaller(b, k.Handler(), "/connect/token")
	c.post(b, loginForm(userName), http.StatusOK)
	refresh := func(times int) {
		for range times {
			c.post(b, refreshForm(c.field("refresh_token")), http.StatusOK)
		}
	}
	refresh(warm)
	before := stored(b, s)
	began := time.Now()
	refresh(growth)
	b.ReportMetric(float64(time.Since(began).Nanoseconds())/growth, "refresh-ns/op")
	b.ReportMetric(float64(stored(b, s)-before)/growth, "stored-B/op")
}

// growth is how often the session is refreshed.
const growth = 2000
