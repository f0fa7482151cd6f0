package sallyport_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/internal/stats"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// newStrangers is an engine with hashes of default cost in the long form, and n
// accounts user0, user1 and so on, each with a proven address.
func newStrangers(t *testing.T, n int) *sallyporttest.Kit {
	params, own, _ := hashes(t)
	return sallyporttest.New(t,
		sallyporttest.WithConfig(func(c *sallyport.Config) { c.PasswordParams, c.SignUp = params, &sallyport.SignUp{} }),
		sallyporttest.WithDirectory(func(d *directory.File) {
			yes := true
			for i := range n {
				d.Users = append(d.Users, directory.User{Name: fmt.Sprint("user", i), PasswordHash: own, Email: fmt.Sprintf("user%d@example.com", i), EmailValidated: &yes})
			}
		}))
}

// askers are the calls by which strangers may ask for somebody, each of whom is there
// or is not. Both are answered alike.
var askers = []struct {
	name string
	ask  func(t *testing.T, k *sallyporttest.Kit, i int, known bool) error
}{
	{"reset of a name that somebody has, or nobody", func(t *testing.T, k *sallyporttest.Kit, i int, known bool) error {
		name := fmt.Sprint("name", i)
		if known {
			name = fmt.Sprint("user", i)
		}
		return k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: name})
	}},
	{"sign-up with an address that is taken, or free", func(t *testing.T, k *sallyporttest.Kit, i int, known bool) error {
		address := fmt.Sprintf("name%d@example.com", i)
		if known {
			address = fmt.Sprintf("user%d@example.com", i)
		}
		_, err := k.Engine.Register(t.Context(), sallyport.Registration{Username: fmt.Sprint("fresh", i), Email: address, Password: "a good password"})
		return err
	}},
	{"sign-up with a name that is taken, or free", func(t *testing.T, k *sallyporttest.Kit, i int, known bool) error {
		name, kind := fmt.Sprint("name", i), "free"
		if known {
			name, kind = fmt.Sprint("user", i), "taken"
		}
		_, err := k.Engine.Register(t.Context(), sallyport.Registration{Username: name, Email: fmt.Sprintf("%s%d@example.net", kind, i), Password: "a good password"})
		return err
	}},
}

// TestP9Askers compares the times of calls that ask for somebody who is there with
// those that ask for nobody.
func TestP9Askers(t *testing.T) {
	n := 10
	if long() {
		n = 500
	}
	for _, a := range askers {
		t.Run(a.name, func(t *testing.T) {
			k, times := newStrangers(t, n), map[bool][]float64{}
			for i := range n {
				first := rand.IntN(2) == 0
				for _, known := range []bool{first, !first} {
					began := time.Now()
					if err := a.ask(t, k, i, known); err != nil {
						t.Fatalf("known %v: %v", known, err)
					}
					times[known] = append(times[known], float64(time.Since(began))/float64(time.Millisecond))
				}
			}
			d, pr := stats.KolmogorovSmirnov(times[true], times[false])
			t.Logf("D %.3f, p %.3f, medians %.3f and %.3f ms", d, pr, stats.Median(times[true]), stats.Median(times[false]))
			if long() {
				proof.Note(t, "names", a.name, "samples of each", n)
				proof.Note(t, "names", a.name, "medians", fmt.Sprintf("%.2f, %.2f ms", stats.Median(times[true]), stats.Median(times[false])))
				proof.Note(t, "names", a.name, "result", fmt.Sprintf("Kolmogorov-Smirnov D %.3f, p %.3f", d, pr))
				proof.Note(t, "names", a.name, "limit", "p > 0.01")
			}
		})
	}
}
