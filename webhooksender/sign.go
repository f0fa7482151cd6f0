package webhooksender

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of a signed message, as Standard Webhooks names them.
const (
	headerID        = "Webhook-Id"
	headerTime      = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

// tolerance is how far the clocks of sender and receiver may be apart.
const tolerance = 5 * time.Minute

// signature is that of a message: HMAC-SHA256 over id, time and body, divided by points.
func signature(key []byte, id, at string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + at + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// ErrSignature means that a message is not signed by that key, or not lately.
var ErrSignature = errors.New("webhooksender: the message is not signed by this key, or not within five minutes")

// Verify is for a gateway of your own: it reports by nil that a message with these headers
// and this body was signed with key within five minutes of now, as Standard Webhooks
// (standardwebhooks.com, version 1) says: Webhook-Signature holds signatures "v1,BASE64"
// divided by spaces, of which one has to fit. The error is [ErrSignature]. A message may
// come twice: its Webhook-Id is then the same.
func Verify(key []byte, h http.Header, body []byte, now time.Time) error {
	id, at := h.Get(headerID), h.Get(headerTime)
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || len(key) < minKey || id == "" {
		return ErrSignature
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {
		return ErrSignature
	}
	want := []byte(signature(key, id, at, body))
	for _, one := range strings.Fields(h.Get(headerSignature)) {
		if hmac.Equal([]byte(one), want) {
			return nil
		}
	}
	return ErrSignature
}
