package message_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/gsm"
	"github.com/sallyport-auth/sallyport/message"
)

var purposes = []message.Purpose{message.ToChangeAddress, message.ToCloseAccount, message.ToAddFactor, message.ToRemoveFactor, message.ToRenewRecovery}

var reasons = []message.Reason{message.Disabled, message.NotApproved, message.NoPassword, message.Elsewhere, message.NoFactor}

// telling are facts of which each has a value of its own, so that a text shows which of
// them it holds.
func telling() message.Facts {
	return message.Facts{
		Label: "<Acme>", User: "Ada", Code: "987654321", Link: "https://id.example.com/x/?a=1&b=2", Life: 72 * time.Hour,
		Number: 4321, Purpose: message.ToCloseAccount, Reason: message.Elsewhere,
	}
}

// shown are the facts that a text holds.
func shown(text string) (list []string) {
	for _, x := range []string{"<Acme>", "Ada", "987654321", "id.example.com", "259200", "4320", "72", "4321", "SMS"} {
		if regexp.MustCompile(`(^|[^0-9])` + regexp.QuoteMeta(x) + `($|[^0-9])`).MatchString(text) {
			list = append(list, x)
		}
	}
	return list
}

// TestTranslations: every language says each thing, in words of its own, and with the
// same facts as English.
func TestTranslations(t *testing.T) {
	for _, tag := range message.Languages()[1:] {
		for _, topic := range message.Topics() {
			for _, adding := range []bool{false, true} {
				f := telling()
				if adding {
					f.Factors = []string{"SMS"}
				}
				english, other := message.NewMail("en", topic, &f), message.NewMail(tag, topic, &f)
				if other.Language != tag || other.Subject == english.Subject || other.Text == english.Text || strings.Contains(other.HTML, "lang=\"en\"") {
					t.Errorf("%s has no mail %s", tag, topic)
				}
				if want, got := shown(english.Text), shown(other.Text); !slices.Equal(got, want) {
					t.Errorf("%s, mail %s, adding %v: got %q, want %q", tag, topic, adding, got, want)
				}
				if want, got := shown(english.Subject), shown(other.Subject); !slices.Equal(got, want) {
					t.Errorf("%s, subject of %s: got %q, want %q", tag, topic, got, want)
				}
				f.Label = "Acme"
				short, theirs := message.NewText("en", topic, &f), message.NewText(tag, topic, &f)
				if want, got := shown(short), shown(theirs); theirs == short || !slices.Equal(got, want) {
					t.Errorf("%s, text %s, adding %v: got %q in %q, want %q", tag, topic, adding, got, theirs, want)
				}
			}
		}
	}
}

// TestPhrases: every purpose, reason and factor has words in every language.
func TestPhrases(t *testing.T) {
	said := map[string]string{}
	say := func(what, text string) {
		if other, ok := said[text]; ok {
			t.Errorf("%s and %s say the same: %q", what, other, text)
		}
		said[text] = what
	}
	for _, tag := range message.Languages() {
		none := message.NewMail(tag, message.ConfirmationCode, &message.Facts{}).Text
		say(tag+" no purpose", none)
		for _, p := range purposes {
			say(tag+" "+string(p), message.NewMail(tag, message.ConfirmationCode, &message.Facts{Purpose: p}).Text)
		}
		say(tag+" no reason", message.NewMail(tag, message.NoReset, &message.Facts{}).Text)
		for _, r := range reasons {
			say(tag+" "+string(r), message.NewMail(tag, message.NoReset, &message.Facts{Reason: r}).Text)
		}
	}
}

// TestNothingOpen: no name of a value is left in what is sent, and English has every
// topic.
func TestNothingOpen(t *testing.T) {
	for _, tag := range message.Languages() {
		for _, topic := range message.Topics() {
			f := telling()
			m, text := message.NewMail(tag, topic, &f), message.NewText(tag, topic, &f)
			for _, s := range []string{m.Subject, m.Text, m.HTML, text} {
				if s == "" || s == "\n" || strings.ContainsAny(s, "{}") {
					t.Errorf("%s, %s: %q", tag, topic, s)
				}
			}
			if topic.CarriesCode() && (!strings.Contains(m.Text, f.Code) || !strings.Contains(text, f.Code)) {
				t.Errorf("%s, %s lacks its code", tag, topic)
			}
			if topic.CarriesLink() && !strings.Contains(m.Text, "\n\n"+f.Link+"\n") {
				t.Errorf("%s, %s lacks its link", tag, topic)
			}
		}
	}
}

func TestLanguage(t *testing.T) {
	for tag, want := range map[string]string{
		"": "en", "en": "en", "en-GB": "en", "de": "de", "DE-at": "de", "fr-CA": "fr", "it": "en", "deu": "en", "-": "en", "de_AT": "en", "\u0130t": "en",
	} {
		if got := message.Language(tag); got != want {
			t.Errorf("%q: got %s, want %s", tag, got, want)
		}
	}
	if got := message.Languages(); !slices.Equal(got, []string{"en", "fr", "de"}) {
		t.Errorf("got %q", got)
	}
}

// bySMS are what can go out as a text message: all but what only ever is mailed.
func bySMS() (list []message.Topic) {
	for _, t := range message.Topics() {
		switch t {
		case message.SignUp, message.Reset, message.ConfirmAddress, message.Invitation, message.HasAccount, message.NoReset, message.AddressGiven:
		default:
			list = append(list, t)
		}
	}
	return list
}

// TestSegments: in every language a code is one text message, and a link or notice two,
// with the longest label, code, life and list of factors. A label that fits is named.
func TestSegments(t *testing.T) {
	all := []string{"SMS", "Email", "MicrosoftAuthenticator"}
	for _, tag := range message.Languages() {
		for _, topic := range bySMS() {
			for i, purpose := range purposes {
				if i > 0 && topic != message.ConfirmationCode {
					break
				}
				for _, label := range []string{strings.Repeat("L", 64), strings.Repeat("€", 64), "Пример", "Forêt", "Acme", ""} {
					for n := range len(all) + 1 {
						for _, link := range []string{"", "https://login.accounts.example.com/auth/mfa/link/" + strings.Repeat("0", 64)} {
							f := message.Facts{
								Label: label, User: strings.Repeat("u", 64), Code: "W23456789", Link: link, Life: 300 * time.Second, Factors: all[:n], Number: 1000, Purpose: purpose,
							}
							checkText(t, fmt.Sprint(tag, " ", topic, " ", purpose, " ", n), message.NewText(tag, topic, &f), topic, &f)
						}
					}
				}
			}
		}
	}
}

func checkText(t *testing.T, name, text string, topic message.Topic, f *message.Facts) {
	t.Helper()
	if !gsm.Fits(text, message.Segments(topic)) {
		n, ok := gsm.Septets(text)
		t.Errorf("%s: %d septets, all of them %v: %q", name, n, ok, text)
	}
	_, inAlphabet := gsm.Septets(f.Label)
	if named := f.Label != "" && strings.Contains(text, f.Label); named && !inAlphabet {
		t.Errorf("%s: names a label beyond the alphabet: %q", name, text)
	} else if !named && f.Label == "Acme" {
		t.Errorf("%s: does not name a short label: %q", name, text)
	} else if !named && len(f.Label) == 64 && f.Label[0] == 'L' && !(topic == message.ConfirmationCode) {
		t.Errorf("%s: does not name the longest label: %q", name, text)
	}
	if topic.CarriesCode() && !strings.Contains(text, f.Code) || topic.CarriesLink() && !strings.Contains(text, f.Link) {
		t.Errorf("%s: lacks its code or link: %q", name, text)
	}
}
