package activedirectory

import (
	"errors"
	"fmt"
	"io"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// startTLSRequest is message 1: an extended request for 1.3.6.1.4.1.1466.20037 (RFC 4511,
// section 4.14.1).
var startTLSRequest = []byte("\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037")

// maxStartTLS bounds the answer to it, in bytes: a few, and a text.
const maxStartTLS = 4 << 10

// startTLS asks for TLS and reads the answer to its last byte and no further. What comes
// before the answer is not an answer, and what comes behind it in clear is then no TLS:
// either way the connection is of no use, and nothing that was said on it in clear is
// ever believed. (The library's own StartTLS reads on and drops what it has read.)
func startTLS(conn io.ReadWriter) error {
	if _, err := conn.Write(startTLSRequest); err != nil {
		return fmt.Errorf("StartTLS: %w", err)
	}
	raw, err := readMessage(conn)
	if err != nil {
		return fmt.Errorf("StartTLS: %w", err)
	}
	if !isStartTLSDone(raw) {
		return errors.New("StartTLS: the server did not answer that it begins")
	}
	return nil
}

var errNoLength = errors.New("a message of no definite length, or a very long one")

// readMessage reads one message, with a definite length of at most maxStartTLS, and not a
// byte more.
func readMessage(r io.Reader) ([]byte, error) {
	head := make([]byte, 2, 6)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	if head[0] != 0x30 {
		return nil, errors.New("no message of LDAP")
	}
	length := int(head[1])
	if more := length & 0x7f; length > 0x7f {
		if more < 1 || more > 4 { // Active Directory writes every length in four bytes
			return nil, errNoLength
		}
		head = head[:2+more]
		if _, err := io.ReadFull(r, head[2:]); err != nil {
			return nil, err
		}
		length = 0
		for _, b := range head[2:] {
			length = length<<8 | int(b)
		}
	}
	if length > maxStartTLS {
		return nil, errNoLength
	}
	raw := append(head, make([]byte, length)...)
	_, err := io.ReadFull(r, raw[len(head):])
	return raw, err
}

// isStartTLSDone reports whether raw answers message 1 with an extended response of
// success.
func isStartTLSDone(raw []byte) bool {
	p, err := ber.DecodePacketErr(raw)
	if err != nil || len(p.Children) < 2 {
		return false
	}
	id, isID := p.Children[0].Value.(int64)
	op := p.Children[1]
	if !isID || id != 1 || op.ClassType != ber.ClassApplication || op.Tag != 24 || len(op.Children) < 3 {
		return false
	}
	code, isCode := op.Children[0].Value.(int64)
	return isCode && op.Children[0].Tag == ber.TagEnumerated && code == 0
}
