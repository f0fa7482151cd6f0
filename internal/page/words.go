package page

import (
	"slices"
	"strings"
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

// methodNames are what a page calls a transport.
var methodNames = map[string]Text{
	"Email": Say("e-mail"), "SMS": Say("text message"), "MicrosoftAuthenticator": Say("authenticator app"),
}
