package page

import (
	"bytes"
	"encoding/base64"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of a brand: it is a part of every page.
const (
	maxName = 80       // characters
	maxLogo = 64 << 10 // bytes
)

// logoTypes are the kinds of picture that a logo may be.
var logoTypes = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// NewBrand makes a brand of a name and a picture, either of which may be empty. The
// picture is a PNG, JPEG, GIF, WebP or SVG; as an image no browser runs anything
// that stands in it.
func NewBrand(name string, logo []byte) (Brand, error) {
	if utf8.RuneCountInString(name) > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return Brand{}, errors.New("want a name of at most 80 characters, without control characters")
	}
	b := Brand{Name: name}
	if len(logo) == 0 {
		return b, nil
	}
	kind := http.DetectContentType(logo)
	if isSVG(logo) {
		kind = "image/svg+xml"
	} else if !slices.Contains(logoTypes, kind) {
		return Brand{}, errors.New("want a logo that is a PNG, JPEG, GIF, WebP or SVG picture")
	}
	if len(logo) > maxLogo {
		return Brand{}, errors.New("want a logo of at most 64 KiB")
	}
	b.Logo = template.URL("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(logo))
	return b, nil
}

func isSVG(logo []byte) bool {
	text := bytes.TrimSpace(logo)
	return bytes.HasPrefix(text, []byte("<svg")) || bytes.HasPrefix(text, []byte("<?xml")) && bytes.Contains(text, []byte("<svg"))
}

// Brand is the name and the mark above every page.
func (th *Theme) Brand() Brand { return th.brand }
