package weblogin

import (
	"encoding/base64"
	"strings"
	"time"
)

// pending is what stands in the cookie of something that is under way: which request, and what
// the next form is about. It is the browser's own, and is judged as what a browser sends.
type pending struct {
	request string // empty: nothing is under way but a name
	option  string // the one whose answer is asked for
	resume  string // stands for the password once a factor was enrolled
	kind    string // of a change
	name    string // that was typed on the first page
}

// pendingLife is how long a request lives.
const pendingLife = 10 * time.Minute

// encode writes it as the value of a cookie.
func (p pending) encode() string {
	return strings.Join([]string{p.request, p.option, p.resume, p.kind, base64.RawURLEncoding.EncodeToString([]byte(p.name))}, ".")
}

// parsePending reads the value of a cookie. What cannot be read is nothing.
func parsePending(value string) (p pending) {
	parts := strings.Split(value, ".")
	if len(parts) != 5 {
		return p
	}
	for _, part := range parts {
		if strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			return p
		}
	}
	name, err := base64.RawURLEncoding.DecodeString(parts[4])
	if err != nil || len(name) > 1<<10 {
		return p
	}
	return pending{request: parts[0], option: parts[1], resume: parts[2], kind: parts[3], name: string(name)}
}

// pendingIn returns what is under way by one of the cookies, or by the form that was sent.
func (v *visit) pendingIn(cookie string) pending {
	if v.under != nil {
		return *v.under
	}
	return parsePending(v.read(cookie))
}

// keepPending keeps what is under way.
func (v *visit) keepPending(cookie string, p pending) { v.keep(cookie, p.encode(), pendingLife) }
