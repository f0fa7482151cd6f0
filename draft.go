package sallyport

import (
	"cmp"

	"github.com/sallyport-auth/sallyport/message"
	"github.com/sallyport-auth/sallyport/mfa"
)

// reader is whom a message is for: in which language they read, as their account says
// (empty: not known), and in which application they are.
type reader struct{ language, application string }

// or is the reader, of another language if that is known.
func (r reader) or(language string) reader {
	r.language = cmp.Or(language, r.language)
	return r
}

// draft is a message without its words.
type draft struct {
	reader
	topic   message.Topic
	facts   message.Facts // but the label
	kind    string        // as [Message].Kind
	channel mfa.Transport
	to      string
	owner   string // not empty: it goes to the address that this account has proven, as it is stored
}
