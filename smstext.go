package sallyport

import (
	"fmt"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/gsm"
	"github.com/sallyport-auth/sallyport/mfa"
)

// Text messages are paid by the piece and cut by some carriers, so their words are
// few: a code fits into one with the longest label, what holds a link into two.

// shortText returns what a text message says. A label that is not in the alphabet
// of text messages would halve its room, and is left out, as is one that makes it
// too long. say is given " at " and the label, or nothing.
func shortText(label string, messages int, say func(at string) string) string {
	if text := say(" at " + label); gsm.Fits(text, messages) {
		return text
	}
	return say("")
}

// codeText returns the text message of a message that carries a secret.
func codeText(label string, m *mfa.Message, link string) string {
	life, adds := int(m.Life/time.Second), shortNames(m.Adding)
	switch m.Kind {
	case mfa.KindLink:
		if adds != "" {
			adds = " Approving can add a sign-in factor: " + adds + "."
		}
		return shortText(label, 2, func(at string) string {
			return fmt.Sprintf("Sign-in%s as you. Approve or refuse within %d s.%s %s", at, life, adds, link)
		})
	case mfa.KindEnrollment:
		return shortText(label, 1, func(at string) string {
			return fmt.Sprintf("Your code to confirm this number%s is %s, good for %d s. Not you? Ignore this.", at, m.Code, life)
		})
	}
	if what := confirmedText[m.Confirms]; what != "" {
		if adds != "" {
			what += " (" + adds + ")"
		}
		return shortText(label, 1, func(at string) string {
			return fmt.Sprintf("Your code to %s%s is %s, good for %d s. Not you? Change your password.", what, at, m.Code, life)
		})
	}
	end := "Not you? Change your password."
	if m.Unproven {
		end = "Not you? Ignore this, and give it to nobody."
	}
	if m.Confirms == mfa.ResetPassword {
		end = "It sets a new password: tell nobody."
	}
	if adds != "" {
		end = "It also adds a sign-in factor: " + adds + "."
	}
	return shortText(label, 1, func(at string) string {
		return fmt.Sprintf("Your code%s is %s, good for %d s. %s", at, m.Code, life, end)
	})
}

// additionText is the notice of a factor that was added, with a link.
func additionText(label string, n *mfa.Notice, link string) string {
	return shortText(label, 2, func(at string) string {
		return fmt.Sprintf("A sign-in factor was added to your account%s: %s. Not you? Remove it within 72 hours: %s", at, shortNames(n.Added), link)
	})
}

func shortNames(list []mfa.Transport) string {
	names := map[mfa.Transport]string{mfa.SMS: "SMS", mfa.Email: "e-mail", mfa.Authenticator: "app"}
	var s []string
	for _, t := range list {
		s = append(s, names[t])
	}
	return strings.Join(s, ", ")
}

// linkURL returns the address of the page of a link.
func linkURL(issuer, token string) string { return issuer + "/mfa/link/" + token }

// linkFits reports whether a link, without a label, fits into two text messages: a
// long issuer may not.
func linkFits(issuer string) bool {
	all := []mfa.Transport{mfa.SMS, mfa.Email, mfa.Authenticator}
	m := mfa.Message{Kind: mfa.KindLink, Life: 240 * time.Second, Adding: all}
	return gsm.Fits(codeText("", &m, linkURL(issuer, strings.Repeat("0", 64))), 2)
}

// confirmedText says what a code of a request is for that is no login.
var confirmedText = map[string]string{
	mfa.ChangeAddress: "change your e-mail address",
	mfa.CloseAccount:  "close your account",
	mfa.AddFactor:     "add a sign-in factor",
	mfa.RemoveFactor:  "remove a sign-in factor",
	mfa.RenewRecovery: "make new recovery codes",
}
