package mfa

import (
	"slices"
	"strings"
)

// MaxDeviceTokens is how many tokens a browser keeps at most, each of another account; the
// oldest goes.
const MaxDeviceTokens = 5

// DeviceTokens are the device tokens of a browser, at most one of an account, the newest
// last. The zero DeviceTokens has none. They are secrets. What changes them returns others,
// so copies may be used by any number of goroutines.
type DeviceTokens struct{ list []DeviceToken }

// ParseDeviceTokens reads tokens one behind another, with a single space between them. What
// is none is passed over, as is one that stands before another of its account, and what
// stands before the last five.
func ParseDeviceTokens(text string) DeviceTokens {
	var x DeviceTokens
	for more := true; more && len(x.list) < MaxDeviceTokens; { // from the end, so that no text costs more than one look at it
		var last string
		if i := strings.LastIndexByte(text, ' '); i >= 0 {
			text, last = text[:i], text[i+1:]
		} else {
			last, more = text, false
		}
		t := ParseDeviceToken(last)
		if _, has := x.Of(t.id); t.id != "" && !has {
			x.list = append(x.list, t)
		}
	}
	slices.Reverse(x.list)
	return x
}

// Of returns the token that may be one of the account of that home, and reports whether there
// is one.
func (x DeviceTokens) Of(home string) (DeviceToken, bool) {
	for _, t := range x.list {
		if t.MayBeOf(home) {
			return t, true
		}
	}
	return DeviceToken{}, false
}

// With returns the tokens with a new one, which takes the place of that of its account and
// stands last. Where they are too many the oldest goes. The zero DeviceToken changes nothing.
func (x DeviceTokens) With(fresh DeviceToken) DeviceTokens {
	if fresh.id == "" {
		return x
	}
	others := filter(x.list, func(t DeviceToken) bool { return !t.MayBeOf(fresh.id) })
	list := append(others, fresh)
	return DeviceTokens{list[max(0, len(list)-MaxDeviceTokens):]}
}

// Without returns the tokens without that of the device of an id.
func (x DeviceTokens) Without(device string) DeviceTokens {
	return DeviceTokens{filter(x.list, func(t DeviceToken) bool { return t.id != device })}
}

// Text is what [ParseDeviceTokens] reads; empty: there is none.
func (x DeviceTokens) Text() string {
	list := make([]string, len(x.list))
	for i, t := range x.list {
		list[i] = t.text()
	}
	return strings.Join(list, " ")
}

// String hides the secrets from accidental printing.
func (x DeviceTokens) String() string { return "mfa.DeviceTokens(hidden)" }

// GoString is like [DeviceTokens.String].
func (x DeviceTokens) GoString() string { return x.String() }
