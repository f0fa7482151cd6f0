package sallyport_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// newHashes are the calls beside a change of a password that make a new hash behind a
// right secret, before their commit. Each returns how one is tried whose commit fails.
var newHashes = map[string]func(t *testing.T) func(right bool) string{
	"code of a reset": func(t *testing.T) func(bool) string {
		s := &unsaved{Store: memstore.New()}
		r := newResetting(t, withApp, sallyporttest.WithStore(s))
		in := r.open(r.key(), mfa.Authenticator)
		in.NewPassword = fresh
		code, wrong := r.p.Authenticator.Fresh(), codeOrNot(r.p, false)
		s.onFire.Store(true)
		return func(right bool) string {
			if in.Code = wrong; right {
				in.Code = code
			}
			out, err := r.Engine.FinishReset(t.Context(), in)
			return fmt.Sprint(out, err)
		}
	},
	"password of another system": func(t *testing.T) func(bool) string {
		s := &unsaved{Store: memstore.New()}
		k := falling(t, newOldSystem(), sallyporttest.WithStore(s))
		s.onFire.Store(true)
		return func(right bool) string {
			in := sallyport.Login{Username: "ada", Password: "a guess"}
			if right {
				in.Password = oldWord
			}
			out, err := k.Engine.Login(t.Context(), in)
			return fmt.Sprint(out, err)
		}
	},
}

// TestP9NewHashFailure: where such a call fails, its time does not say whether the
// secret was right.
func TestP9NewHashFailure(t *testing.T) {
	for name, begin := range newHashes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				try := begin(t)
				for _, right := range []bool{true, false} {
					began := time.Now()
					said := try(right)
					if took := time.Since(began); took != time.Second || !strings.Contains(said, errOnFire.Error()) {
						t.Errorf("right %v: got %q after %v, want the fault after a second", right, said, took)
					}
				}
			})
		})
	}
}
