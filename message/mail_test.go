package message_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/html"

	"github.com/sallyport-auth/sallyport/internal/gsm"
	"github.com/sallyport-auth/sallyport/message"
)

// TestEnglish holds a mail and a text message whole, as people get them.
func TestEnglish(t *testing.T) {
	f := message.Facts{Label: "Acme & Co", Code: "123456", Life: time.Minute, Factors: []string{"Email", "MicrosoftAuthenticator"}}
	m := message.NewMail("", message.SignInCode, &f)
	want := message.Mail{
		Language: "en", Subject: "Your code for Acme & Co",
		Text: "Your code to sign in at Acme & Co is 123456. It is good for 60 seconds.\n\nIf you are not signing in, somebody knows your password: change it.\n\n" +
			"Attention: confirming also adds a new sign-in factor to your account: Email, MicrosoftAuthenticator.\n",
		HTML: "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Your code for Acme &amp; Co</title>\n</head>\n" +
			"<body style=\"font-family:sans-serif;line-height:1.5;max-width:36em;margin:1em auto;padding:0 1em\">\n" +
			"<p>Your code to sign in at Acme &amp; Co is <strong>123456</strong>. It is good for 60 seconds.</p>\n" +
			"<p>If you are not signing in, somebody knows your password: change it.</p>\n" +
			"<p>Attention: confirming also adds a new sign-in factor to your account: Email, MicrosoftAuthenticator.</p>\n</body>\n</html>\n",
	}
	if m != want {
		t.Errorf("got %+v", m)
	}
	if got, want := message.NewText("", message.SignInCode, &f), "Your code at Acme & Co is 123456, good for 60 s. It also adds a sign-in factor: e-mail, app."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestUndo: the link by which a change is taken back stands where there is one.
func TestUndo(t *testing.T) {
	for _, topic := range []message.Topic{message.FactorAdded, message.AddressChanged} {
		for _, link := range []string{"", "https://x/undo"} {
			f := message.Facts{Label: "Acme", Factors: []string{"SMS"}, Link: link}
			m, text := message.NewMail("en", topic, &f), message.NewText("en", topic, &f)
			if there := strings.Contains(m.Text, "72 hours:\n\nhttps://x/undo\n"); there != (link != "") || strings.Contains(m.Text, "72") != there {
				t.Errorf("%s, link %q: mail %q", topic, link, m.Text)
			}
			if there := strings.HasSuffix(text, "72 hours: https://x/undo"); there != (link != "") || strings.Contains(text, "72") != there {
				t.Errorf("%s, link %q: text %q", topic, link, text)
			}
		}
	}
}

// TestNoUser: an account that is not named leaves no empty quotes.
func TestNoUser(t *testing.T) {
	for _, tag := range message.Languages() {
		if m := message.NewMail(tag, message.Reset, &message.Facts{Label: "Acme"}); strings.Contains(m.Text, `"`) || strings.Contains(m.Text, "  ") {
			t.Errorf("got %q", m.Text)
		}
	}
}

// checkMail wants of any facts: one line of a subject; HTML of known elements alone, that
// loads nothing, has no link but the one and reads as the text does.
func checkMail(t *testing.T, m *message.Mail, f *message.Facts) {
	t.Helper()
	if strings.ContainsFunc(m.Subject, func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) }) {
		t.Fatalf("the subject is %q", m.Subject)
	}
	doc, err := html.Parse(strings.NewReader(m.HTML))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for n := range doc.Descendants() {
		switch {
		case n.Type == html.TextNode:
			continue
		case n.Type == html.ElementNode && !slices.Contains([]string{"html", "head", "meta", "title", "body", "p", "strong", "a"}, n.Data):
			t.Fatalf("<%s> in %q", n.Data, m.HTML)
		case n.Data == "p":
			texts = append(texts, content(n))
		}
		for _, a := range n.Attr {
			switch {
			case n.Data == "a" && a.Key == "href" && a.Val == content(n):
			case n.Data == "html" && a.Key == "lang", n.Data == "meta" && a.Key == "charset", n.Data == "body" && a.Key == "style":
			default:
				t.Fatalf("<%s %s=%q> in %q", n.Data, a.Key, a.Val, m.HTML)
			}
		}
	}
	if got := strings.Join(texts, "\n\n") + "\n"; got != m.Text {
		t.Fatalf("as HTML it says %q, as text %q", got, m.Text)
	}
	if strings.Count(m.Text, "\n\n") > 6 {
		t.Fatalf("%q has more paragraphs than its words, of %+v", m.Text, f)
	}
}

func content(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// TestHTML: what the mails say as HTML is what they say as text.
func TestHTML(t *testing.T) {
	for _, tag := range message.Languages() {
		for _, topic := range message.Topics() {
			f := telling()
			f.Factors = []string{"SMS", "<script>"}
			m := message.NewMail(tag, topic, &f)
			checkMail(t, &m, &f)
		}
	}
}

// FuzzFacts reads facts that people have chosen: names of users, services and factors. No
// mail gets a line, an element or a link by them, and no text message another segment.
func FuzzFacts(f *testing.F) {
	f.Add("de", uint(0), "Acme", "ada", "SMS")
	f.Add("fr-CA", uint(6), "Acme\r\nBcc: eve@example.com", "\u202eada", "{link}")
	f.Add("", uint(13), "<img src=//evil>", "a\"</p><p>b", "\xff\u2028x")
	f.Fuzz(func(t *testing.T, tag string, n uint, label, user, factor string) {
		topic := message.Topics()[n%uint(len(message.Topics()))]
		x := message.Facts{Label: label, User: user, Code: "W23456789", Link: "https://id.example.com/x", Life: time.Minute, Factors: []string{factor}, Purpose: message.ToAddFactor, Reason: message.NoFactor}
		m := message.NewMail(tag, topic, &x)
		checkMail(t, &m, &x)
		x.Factors = nil // those that are not ours only ever stand in mails
		if text := message.NewText(tag, topic, &x); topic.CarriesCode() && !gsm.Fits(text, 1) {
			t.Errorf("%q takes more than one text message", text)
		}
	})
}
