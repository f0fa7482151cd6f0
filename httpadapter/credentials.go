package httpadapter

import (
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/ascii"
)

// client holds the credentials that a client sent. The secret of a public
// client is empty.
type client struct {
	id, secret string
	// otherSecret is how the secret reads where it was sent as it is and not
	// form-encoded; empty where both readings are one.
	otherSecret string
}

// clientOf reads the client's credentials from the form or from an Authorization
// header of the scheme Basic (RFC 6749 section 2.3.1). Headers of other schemes
// are no client authentication and are not looked at: proxies and programs send
// them along. Beside Basic the form may repeat what the header says; what differs
// is refused, since another server might use the other one.
func clientOf(r *http.Request, f fields) (client, error) {
	h := basicOf(r)
	if len(h) == 0 {
		return client{id: f["client_id"], secret: f["client_secret"]}, nil
	}
	c, ok := parseBasic(h)
	switch {
	case !ok:
		return client{}, refuse(http.StatusBadRequest, "Authorization")
	case f["client_id"] != "" && !ascii.Equal(f["client_id"], c.id):
		return client{}, refuse(http.StatusBadRequest, "client_id")
	case f["client_secret"] != "" && !c.reads(f["client_secret"]):
		return client{}, refuse(http.StatusBadRequest, "client_secret")
	}
	return c, nil
}

// reads reports whether a secret is one of the readings of the client's.
func (c client) reads(secret string) bool {
	decoded := subtle.ConstantTimeCompare([]byte(secret), []byte(c.secret))
	raw := subtle.ConstantTimeCompare([]byte(secret), []byte(c.otherSecret))
	return decoded|raw == 1
}

// basicOf returns the Authorization headers of the scheme Basic, without the
// scheme.
func basicOf(r *http.Request) (coded []string) {
	for _, h := range r.Header["Authorization"] {
		if scheme, rest, _ := strings.Cut(h, " "); ascii.Equal(scheme, "basic") {
			coded = append(coded, rest)
		}
	}
	return coded
}

// caller names the client to the engine. It is never nil: what comes over HTTP is
// never the host itself.
func (c client) caller() *sallyport.Caller {
	return &sallyport.Caller{ClientID: c.id, ClientSecret: c.secret, OtherSecret: c.otherSecret}
}

// parseBasic reads the credentials of the scheme Basic. Both halves are
// form-encoded, but many programs send them as they are: a half that cannot be
// form-encoded is taken so, and of a secret that can be both the engine is given
// both readings.
func parseBasic(h []string) (c client, ok bool) {
	if len(h) != 1 || len(h[0]) > maxBody {
		return c, false
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(strings.TrimLeft(h[0], " "))
	if err != nil || !validText(string(raw)) {
		return c, false
	}
	id, secret, ok := strings.Cut(string(raw), ":")
	if !ok {
		return c, false
	}
	c.id, c.secret = decodedOrRaw(id), decodedOrRaw(secret)
	if c.secret != secret && len(secret) <= maxValue {
		c.otherSecret = secret
	}
	return c, len(c.id) <= maxValue && len(c.secret) <= maxValue
}

// decodedOrRaw decodes a half that is form-encoded, and returns any other as it is.
func decodedOrRaw(half string) string {
	if plain, ok := unescape(half); ok {
		return plain
	}
	return half
}

// bearerToken returns the access token of a request (RFC 6750 section 2.1). It
// reads the header only, since bodies and queries end up in logs. The engine checks
// the token's length and characters. Where no token was sent, by whatever scheme
// instead, the challenge names no error (RFC 6750 section 3.1); two are refused.
func bearerToken(w http.ResponseWriter, r *http.Request) (token string, err error) {
	n := 0
	for _, h := range r.Header["Authorization"] {
		scheme, rest, _ := strings.Cut(h, " ")
		if rest = strings.TrimLeft(rest, " "); ascii.Equal(scheme, "bearer") && rest != "" {
			token = copied(rest)
			n++
		}
	}
	switch n {
	case 0:
		w.Header().Set("WWW-Authenticate", bareChallenge)
		return "", &refusal{Status: http.StatusUnauthorized, Code: "invalid_token"}
	case 1:
		return token, nil
	}
	return "", sallyport.ErrInvalidToken
}
