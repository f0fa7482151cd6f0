package sallyport

import "github.com/sallyport-auth/sallyport/account"

// wrapping is the search for weak hashes, which goes on from call to call and, in
// another process, from the beginning: what was wrapped is passed over quickly. The mix
// of hashes says whether there is anything to search for. Once a whole search has found
// nothing, what it counted becomes the mix.
type wrapping struct {
	turn chan struct{} // holds a token while somebody searches, to whom the rest belongs

	after   string // the id of the account that was looked at last
	found   bool   // a weak hash
	version uint64 // of the mix when the search began
	mix     account.HashMix
}

func newWrapping() *wrapping { return &wrapping{turn: make(chan struct{}, 1)} }

// weakHash is a hash that is to be wrapped.
type weakHash struct{ account, hash string }

// begin starts a search anew.
func (s *wrapping) begin(version uint64) {
	s.after, s.found, s.version, s.mix = "", false, version, account.HashMix{}
}
