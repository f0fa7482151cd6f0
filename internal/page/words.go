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

// When formats a time for people, as the clocks of a place show it.
func When(t time.Time, at *time.Location) string { return t.In(at).Format("2 January 2006, 15:04 MST") }

// Clock formats the time of day, as the clocks of a place show it.
func Clock(t time.Time, at *time.Location) string { return t.In(at).Format("15:04 MST") }

// Ago says how long ago something was, which needs no time zone.
func Ago(d time.Duration) string {
	if d < time.Minute {
		return "less than a minute ago"
	}
	return period(d) + " ago"
}

// period says a duration in its largest unit, rounded down.
func period(d time.Duration) string {
	for _, u := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		switch n := d / u.size; {
		case n == 1:
			return "1 " + u.name
		case n > 1:
			return fmt.Sprintf("%d %ss", n, u.name)
		}
	}
	return "no time"
}
