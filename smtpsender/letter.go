package smtpsender

import (
	netmail "net/mail"
	"strings"
	"unicode"

	mail "github.com/wneessen/go-mail"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// letter is a mail that is ready to go.
type letter struct {
	msg      *mail.Msg
	from, to string // of the envelope
	utf8     bool   // the envelope has letters beyond ASCII
}

// maxSubject is how many characters a subject has at most.
const maxSubject = 200

// compose makes the mail of a message. Whatever stands in the message becomes part of the
// subject, on one line, or of the body: the headers are the configuration's, and the
// recipient is one plain address, as it is stored.
func (s *Sender) compose(m *sallyport.Message) (*letter, error) {
	if !typed.CheckEmail(m.To) {
		return nil, errAddress
	}
	words, err := s.templates.write(m)
	if err != nil {
		return nil, err
	}
	to := envelope(m.To)
	l := &letter{from: envelope(s.from.Address), to: to}
	l.utf8 = !isASCII(l.from + l.to)
	l.msg = mail.NewMsg(mail.WithNoDefaultUserAgent())
	l.msg.FromMailAddress(&netmail.Address{Name: s.from.Name, Address: l.from})
	l.msg.ToMailAddress(&netmail.Address{Address: to})
	if s.replyTo != nil {
		l.msg.ReplyToMailAddress(s.replyTo)
	}
	l.msg.Subject(headerText(words.subject))
	l.msg.SetMessageIDWithValue(strings.ToLower(rnd.Hex(16)) + l.from[strings.LastIndexByte(l.from, '@'):])
	l.msg.SetDateWithValue(s.now())
	l.msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers
	l.msg.SetBodyString(mail.TypeTextPlain, words.text)
	if words.html != "" {
		l.msg.AddAlternativeString(mail.TypeTextHTML, words.html)
	}
	return l, nil
}

// envelope is an address with its domain in ASCII, which every server takes.
func envelope(address string) string {
	at := strings.LastIndexByte(address, '@')
	if isASCII(address[at:]) {
		return address
	}
	key := typed.EmailKey(address)
	return address[:at] + key[strings.LastIndexByte(key, '@'):]
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// headerText returns a text of a header: on one line, cut where it is too long, and without
// the beginning of an encoded word, which its reader would take for what is encoded.
func headerText(s string) string {
	s = strings.ReplaceAll(typed.Line(s), "=?", "= ?")
	if r := []rune(s); len(r) > maxSubject {
		s = string(r[:maxSubject])
	}
	return strings.TrimSpace(s)
}
