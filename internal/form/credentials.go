package form

import (
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/ascii"
)

// Client holds the credentials that a client sent. The secret of a public
// client is empty.
type Client struct {
	ID, Secret string
	// OtherSecret is how the secret reads where it was sent as it is and not
	// form-encoded; empty where both readings are one.
	OtherSecret string
}

// ClientOf reads the client's credentials from the form or from an Authorization
// header of the scheme Basic (RFC 6749 section 2.3.1). Headers of other schemes
// are no client authentication and are not looked at: proxies and programs send
// them along. Beside Basic the form may repeat what the header says; what differs
// is refused, since another server might use the other one.
func ClientOf(r *http.Request, f Fields) (Client, error) {
	h := Basic(r)
	if len(h) == 0 {
		return Client{ID: f["client_id"], Secret: f["client_secret"]}, nil
	}
	c, ok := parseBasic(h)
	switch {
	case !ok:
		return Client{}, Refuse(http.StatusBadRequest, "Authorization")
	case f["client_id"] != "" && !ascii.Equal(f["client_id"], c.ID):
		return Client{}, Refuse(http.StatusBadRequest, "client_id")
	case f["client_secret"] != "" && !c.reads(f["client_secret"]):
		return Client{}, Refuse(http.StatusBadRequest, "client_secret")
	}
	return c, nil
}

// reads reports whether a secret is one of the readings of the client's.
func (c Client) reads(secret string) bool {
	decoded := subtle.ConstantTimeCompare([]byte(secret), []byte(c.Secret))
	raw := subtle.ConstantTimeCompare([]byte(secret), []byte(c.OtherSecret))
	return decoded|raw == 1
}

// Basic returns the Authorization headers of the scheme Basic, without the scheme.
func Basic(r *http.Request) (coded []string) {
	for _, h := range r.Header["Authorization"] {
		if scheme, rest, _ := strings.Cut(h, " "); ascii.Equal(scheme, "basic") {
			coded = append(coded, rest)
		}
	}
	return coded
}

// parseBasic reads the credentials of the scheme Basic. Both halves are
// form-encoded, but many programs send them as they are: a half that cannot be
// form-encoded is taken so, and of a secret that can be both the engine is given
// both readings.
func parseBasic(h []string) (c Client, ok bool) {
	if len(h) != 1 || len(h[0]) > MaxBody {
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
	c.ID, c.Secret = decodedOrRaw(id), decodedOrRaw(secret)
	if c.Secret != secret && len(secret) <= maxValue {
		c.OtherSecret = secret
	}
	return c, len(c.ID) <= maxValue && len(c.Secret) <= maxValue
}

// decodedOrRaw decodes a half that is form-encoded, and returns any other as it is.
func decodedOrRaw(half string) string {
	if plain, ok := unescape(half); ok {
		return plain
	}
	return half
}

// Bearer returns the access tokens of a request (RFC 6750 section 2.1). It reads the
// header only, since bodies and queries end up in logs. Of how many there may be,
// and of their length and characters, it knows nothing.
func Bearer(r *http.Request) (tokens []string) {
	for _, h := range r.Header["Authorization"] {
		scheme, rest, _ := strings.Cut(h, " ")
		if rest = strings.TrimLeft(rest, " "); ascii.Equal(scheme, "bearer") && rest != "" {
			tokens = append(tokens, Copied(rest))
		}
	}
	return tokens
}
