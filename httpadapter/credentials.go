package httpadapter

import (
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/ascii"
)

// client holds the credentials that a client sent. The secret of a public
// client is empty.
type client struct{ id, secret string }

// clientOf reads the client's credentials from the form or from the
// Authorization header (RFC 6749 section 2.3.1). It refuses a request that has
// them in both, since another server might use the other ones.
func clientOf(r *http.Request, f fields) (client, error) {
	h := r.Header["Authorization"]
	if len(h) == 0 {
		return client{f["client_id"], f["client_secret"]}, nil
	}
	for _, name := range []string{"client_id", "client_secret"} {
		if f[name] != "" {
			return client{}, refuse(http.StatusBadRequest, name)
		}
	}
	c, ok := parseBasic(h)
	if !ok {
		return client{}, refuse(http.StatusBadRequest, "Authorization")
	}
	return c, nil
}

// caller names the client to the engine. It is never nil: what comes over HTTP is
// never the host itself.
func (c client) caller() *sallyport.Caller {
	return &sallyport.Caller{ClientID: c.id, ClientSecret: c.secret}
}

// parseBasic reads an Authorization header of the scheme Basic, both halves of
// which are form-encoded.
func parseBasic(h []string) (c client, ok bool) {
	scheme, coded, _ := strings.Cut(h[0], " ")
	if len(h) != 1 || ascii.Fold(scheme) != "basic" || len(coded) > maxBody {
		return c, false
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(strings.TrimLeft(coded, " "))
	if err != nil {
		return c, false
	}
	id, secret, ok := strings.Cut(string(raw), ":")
	if !ok {
		return c, false
	}
	if c.id, ok = unescape(id); !ok {
		return client{}, false
	}
	if c.secret, ok = unescape(secret); !ok || len(c.id) > maxValue || len(c.secret) > maxValue {
		return client{}, false
	}
	return c, true
}

// bearerToken returns the access token of a request (RFC 6750 section 2.1), or
// nothing if there is none. It reads the header only, since bodies and queries
// end up in logs. The engine checks the token's length and characters.
func bearerToken(r *http.Request) string {
	h := r.Header["Authorization"]
	if len(h) != 1 {
		return ""
	}
	scheme, token, _ := strings.Cut(h[0], " ")
	if ascii.Fold(scheme) != "bearer" {
		return ""
	}
	return copied(strings.TrimLeft(token, " "))
}
