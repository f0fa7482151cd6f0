package main

import (
	"fmt"

	"github.com/sallyport-auth/sallyport/token"
)

// keySettings say how signing keys follow each other.
type keySettings struct{ rotation token.Rotation }

func (s *keySettings) declare(f *flags) {
	f.DurationVar(&s.rotation.Every, "signing-key-every", 0, "how long a signing key signs (default 2160h, 90 days)")
	s.declareFresh(f)
}

// declareFresh adds the flags of one key that is made.
func (s *keySettings) declareFresh(f *flags) {
	f.DurationVar(&s.rotation.Propagation, "signing-key-propagation", 0, "how long a signing key is shown before it signs: the longest that resource servers keep a key set (default 24h)")
	f.IntVar(&s.rotation.Bits, "signing-key-bits", 0, "size of new signing keys of RSA: 2048, the default, or 3072")
}

func (s *keySettings) check() error {
	if err := s.rotation.Check(); err != nil {
		return fmt.Errorf("-signing-key-every, -signing-key-propagation, -signing-key-bits: %s", oneLine(err))
	}
	return nil
}
