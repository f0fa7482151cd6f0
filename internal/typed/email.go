package typed

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/sallyport-auth/sallyport/internal/ascii"
)

// Email returns an e-mail address as it is stored, proven and mailed: as it was
// given, without outer blanks, which come from copying.
func Email(s string) string { return strings.TrimFunc(s, isBlank) }

// CheckEmail reports whether s is one plain mailbox (no name, list or line break)
// of at most 254 bytes.
func CheckEmail(s string) bool {
	local, domain, _ := strings.Cut(s, "@") // without an @ the domain is empty, which is none
	return len(s) <= 254 && local != "" && len(local) <= 64 && isMailText(local) && isDomain(domain)
}

// isMailText allows the dot-atom of RFC 5322 and UTF-8 beyond ASCII. Quoted local
// parts are refused, since mail systems disagree on them, and so is what cannot be
// seen: it comes from copying, and the message would go elsewhere than it seems.
func isMailText(s string) bool {
	return !strings.HasPrefix(s, ".") && !strings.HasSuffix(s, ".") && !strings.Contains(s, "..") &&
		!strings.ContainsFunc(s, func(r rune) bool {
			return isBlank(r) || unicode.In(r, unicode.Cc, unicode.Cf) || r == utf8.RuneError || strings.ContainsRune(`"(),:;<>@[\]`, r)
		})
}

func isDomain(d string) bool {
	labels := strings.Split(d, ".")
	return isMailText(d) && len(labels) > 1 && !slices.ContainsFunc(labels, func(l string) bool {
		return l == "" || len(l) > 63 || strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-")
	})
}

// EmailKey returns what e-mail addresses are found and counted by: ASCII case does
// not count on either side of the @, and the domain is written in A-labels without
// a final dot. It is no address to send to.
func EmailKey(s string) string {
	at := strings.LastIndexByte(s, '@')
	return ascii.Fold(s[:at+1]) + domainKey(s[at+1:]) // without an @ all is domain
}

// SameEmail reports whether two addresses are found and counted as one.
func SameEmail(a, b string) bool { return EmailKey(a) == EmailKey(b) }

// domains maps as a resolver does (UTS #46), but takes names that no host may have.
var domains = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// domainKey returns a domain in A-labels, in lower case. What is none that could be
// looked up stays as it is but for ASCII case.
func domainKey(d string) string {
	if a, err := domains.ToASCII(d); err == nil {
		d = a
	}
	return ascii.Fold(strings.TrimRight(d, "."))
}
