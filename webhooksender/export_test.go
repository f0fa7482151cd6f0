package webhooksender

// Written is the body of a message with that text.
func (s *Sender) Written(text string) ([]byte, error) {
	return s.body.make(Fields{ID: "1", To: "+1", Text: text})
}
