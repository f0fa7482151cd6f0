package message

import (
	"strings"

	"github.com/sallyport-auth/sallyport/internal/gsm"
)

// Segments is how many text messages a topic takes at most, with a link that is not too
// long: one for a code, two for what holds a link, and for notices.
func Segments(t Topic) int {
	if t.CarriesCode() {
		return 1
	}
	return 2
}

// NewText writes the text message on a topic. Text messages are paid by the piece and cut
// by some carriers, so its words are few, and have no letter beyond the default alphabet
// of GSM 03.38, one of which would turn the message into pieces of 70 characters. A label
// that has one is left out, as is one with which the text takes more than [Segments].
func NewText(language string, t Topic, f *Facts) string {
	w := wordsOf(language)
	template, w := w.text(t, f)
	values := w.values(f, names.inText, "")
	for _, ours := range []string{"purpose", "reason", "factors"} {
		values[ours] = plain(values[ours])
	}
	bare := fill(template, values, keep)
	values["at"] = w.label(f.Label)
	if text := fill(template, values, keep); gsm.Fits(text, Segments(t)) {
		return text
	}
	return bare
}

// text returns the words of a text message: those of the mail, where there are none of its
// own or where they hold a link and there is none.
func (w *words) text(t Topic, f *Facts) (string, *words) {
	own, ok := w.texts[t]
	switch {
	case !ok || !t.CarriesLink() && f.Link == "" && strings.Contains(own.text, "{link}"):
		w, m := w.mail(t)
		return plain(m.text), w
	case len(f.Factors) > 0 && own.adding != "":
		return plain(own.adding), w
	}
	return plain(own.text), w
}

// plain returns our own words in letters that text messages have.
func plain(words string) string { return plainLetters.Replace(words) }

var plainLetters = strings.NewReplacer(
	"â", "a", "ç", "c", "ê", "e", "ë", "e", "î", "i", "ï", "i", "ô", "o", "û", "u", "œ", "oe",
	"À", "A", "Ê", "E", "’", "'", "\u00a0", " ", "\u202f", " ", "\n\n", " ",
)
