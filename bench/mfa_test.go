package bench

import (
	"net/http"
	"net/url"
	"testing"
	"time"

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

func newMFALogin(tb testing.TB, s store.Store) *mfaLogin {
	tb.Helper()
	k := newKit(tb, s, func(c *sallyport.Config) {
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
	m.call.post(tb, passwordForm("VGAuthenticator", "Username", "Password"), http.StatusBadRequest)
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

// BenchmarkMFA is a whole login over bbolt by one client, and the parts that it
// cannot do without: one signature, and a plain commit for each of its calls.
func BenchmarkMFA(b *testing.B) {
	if free {
		b.Skip("measured in the other binary")
	}
	b.Run("login", func(b *testing.B) {
		m := newMFALogin(b, crowded(b))
		b.ReportAllocs()
		for b.Loop() {
			m.last(b, m.first(b))
		}
		m.check(b)
	})
	b.Run("sign", benchSign)
	b.Run("update", func(b *testing.B) {
		db := plainBolt(b)
		benchWrites(b, 1, func(key string, value []byte) error { return updateOne(db, key, value) })
	})
}
