package legacy

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// readRaw reads a form of ours for digests that other systems keep without a name:
//
//	$raw$md5$password$hex:digest
//	$raw$sha256$salt+password$text:salt$hex:digest
//	$raw$sha1$password+salt$base64:salt$base64:digest
//
// The digests are md5, sha1, sha256 and sha512. What goes in, and in which order,
// stands in the middle. A salt that went in as a text is written as text:, even
// with dollar signs in it; one that went in as bytes as hex: or base64:, which has
// its padding.
func readRaw(rest string) (function, error) {
	name, rest, _ := strings.Cut(rest, "$")
	a, err := digestNamed(name)
	if err != nil {
		return nil, err
	}
	at := strings.LastIndexByte(rest, '$') // no digest has one
	if at < 0 {
		return nil, fmt.Errorf("%w: $raw$ without a digest", ErrMalformed)
	}
	d := Digest{algorithm: a}
	if d.before, d.after, err = rawSalt(rest[:at]); err != nil {
		return nil, err
	}
	how, text, _ := strings.Cut(rest[at+1:], ":")
	if d.sum, err = rawBytes(how, text); err != nil {
		return nil, err
	}
	d.spell = func(sum []byte) string {
		text := hex.EncodeToString(sum)
		if how == "base64" {
			text = base64.StdEncoding.EncodeToString(sum)
		}
		return "$raw$" + name + "$" + rest[:at+1] + how + ":" + text
	}
	return d.checked()
}

// rawSalt reads "password", "salt+password$…" and "password+salt$…".
func rawSalt(text string) (before, after []byte, err error) {
	order, salt, salted := strings.Cut(text, "$")
	if order == "password" && !salted {
		return nil, nil, nil
	}
	how, value, _ := strings.Cut(salt, ":")
	bytes := []byte(value)
	if how != "text" {
		if bytes, err = rawBytes(how, value); err != nil {
			return nil, nil, err
		}
	}
	switch order {
	case "salt+password":
		return bytes, nil, nil
	case "password+salt":
		return nil, bytes, nil
	}
	return nil, nil, fmt.Errorf("%w: $raw$ other than password, salt+password$…, password+salt$…", ErrMalformed)
}

// rawBytes reads bytes that are written as hex or base64.
func rawBytes(how, text string) ([]byte, error) {
	switch how {
	case "hex":
		return fromHex("$raw$", text)
	case "base64":
		return fromBase64(paddedBase64, "$raw$", text)
	}
	return nil, fmt.Errorf("%w: $raw$ with bytes that are neither hex:… nor base64:…", ErrMalformed)
}
