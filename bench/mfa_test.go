package bench

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/totp"
)

// mfaLogin is a login of two calls with an authenticator: call 1 commits a
// request, the last call commits its end, the spent step and the session, and
// signs.
type mfaLogin struct {
	kit  *sallyporttest.Kit
	who  *sallyporttest.Person
	call *caller
}

func newMFALogin(tb testing.TB, s store.Store, seal bool) *mfaLogin {
	tb.Helper()
	k := newKit(tb, s, seal, func(c *sallyport.Config) {
		// An authenticator shows one code in 30 s, so the kit's clock is moved
		// on between logins; beyond that time passes as it does.
		moved, began := c.Now, time.Now()
		c.Now = func() time.Time { return moved().Add(time.Since(began)) }
	})
	who := k.AddUser(tb, sallyporttest.User{Name: userName, TOTP: true})
	return &mfaLogin{kit: k, who: who, call: newCaller(tb, k.Handler(), "/connect/token")}
}

// first is the call with the password, one period of the code after the last.
// It answers the form of the last call.
func (m *mfaLogin) first(tb testing.TB) string {
	m.kit.Clock.Advance(totp.Period)
	m.call.post(tb, loginForm(userName), http.StatusBadRequest)
	return m.answer(tb)
}

// answer makes the form of the last call of what the first was answered with.
func (m *mfaLogin) answer(tb testing.TB) string {
	request, option := m.call.field("RequestId"), m.call.fieldAfter("MFAAvailables", "Id")
	if request == "" || option == "" {
		tb.Fatalf("got no request with an option: %s", m.call.answer.String())
	}
	return "grant_type=VGAuthenticator" + credentials + "&AuthenticationRequestId=" + request +
		"&MFAAvailableId=" + url.QueryEscape(option) + "&MFASecureCode=" + m.who.Authenticator.Code()
}

// last is the call with the code.
func (m *mfaLogin) last(tb testing.TB, form string) { m.call.post(tb, form, http.StatusOK) }

// check sees that the last answer bore a token that this engine believes.
func (m *mfaLogin) check(tb testing.TB) {
	tb.Helper()
	token := m.call.field("access_token")
	if free {
		if token == "" {
			tb.Errorf("got no access token")
		}
		return
	}
	if _, err := m.kit.Engine.Verify(tb.Context(), token); err != nil {
		tb.Errorf("verifying the access token: %v", err)
	}
}

// recorder keeps the changes that are committed.
type recorder struct {
	store.Store
	list []store.Change
}

func (r *recorder) Commit(ctx context.Context, c store.Change) error {
	r.list = append(r.list, c)
	return r.Store.Commit(ctx, c)
}

// benchCommits makes the commits of a login by plain transactions of bbolt: the
// same records of the same sizes under the same keys, and nothing else.
func benchCommits(b *testing.B) {
	db, r := plainBolt(b), &recorder{Store: memory(b)}
	m := newMFALogin(b, r, false)
	for b.Loop() {
		b.StopTimer()
		r.list = r.list[:0]
		m.last(b, m.first(b))
		if len(r.list) != 2 {
			b.Fatalf("a login made %d commits, want 2", len(r.list))
		}
		b.StartTimer()
		for _, c := range r.list {
			if err := updateAll(db, c); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func updateAll(db *bolt.DB, c store.Change) error {
	return db.Update(func(tx *bolt.Tx) error {
		bucket := tx.Bucket(plainBucket)
		for _, w := range c.Writes {
			var err error
			switch {
			case w.Keep:
			case w.Value == nil:
				err = bucket.Delete([]byte(w.Key))
			default:
				err = bucket.Put([]byte(w.Key), w.Value)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkMFA is a whole login over bbolt by one client, and the parts that it
// cannot do without: one signature, and its commits by plain transactions.
func BenchmarkMFA(b *testing.B) {
	if free {
		b.Skip("measured in the other binary")
	}
	b.Run("login", func(b *testing.B) {
		m := newMFALogin(b, crowded(b), false)
		b.ReportAllocs()
		for b.Loop() {
			m.last(b, m.first(b))
		}
		m.check(b)
	})
	b.Run("sign", benchSign)
	b.Run("commits", benchCommits)
	b.Run("update", func(b *testing.B) {
		db := plainBolt(b)
		benchWrites(b, 1, func(key string, value []byte) error { return updateOne(db, key, value) })
	})
}
