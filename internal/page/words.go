package page

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Groups returns a key in groups of four characters, which are easier to read
// and to type.
func Groups(s string) string {
	var parts []string
	for part := range slices.Chunk([]byte(s), 4) {
		parts = append(parts, string(part))
	}
	return strings.Join(parts, " ")
}

// methodName is what a page calls a transport.
func methodName(transport fmt.Stringer) string {
	switch name := transport.String(); name {
	case "Email":
		return "e-mail"
	case "SMS":
		return "text message"
	case "MicrosoftAuthenticator":
		return "authenticator app"
	default:
		return name
	}
}

// when formats a time for people, in UTC since the server does not know their
// time zone.
func when(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }
