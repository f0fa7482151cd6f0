package password

import (
	"crypto/subtle"
	"fmt"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// How many passwords a [History] remembers.
const (
	MaxHistory     = 24
	DefaultHistory = 5
)

// Sizes of a History. A digest of 16 bytes matches by chance once in 2^128, and keeps
// the record small that each login reads.
const (
	historyDigest = 16
	historyText   = 22 // characters of a digest in base64
	historySpans  = 2  // so that a check costs two hashes at most
)

// History is what is kept of the last passwords of one account, to refuse them when
// they come again. All are hashed under one salt, which is the account's own, so one
// hash checks them all.
//
// The zero History is empty. A History does not change: [History.Add] returns
// another one.
type History struct {
	salt  []byte
	spans []span // the newest first, each of other costs than the one before
}

// span is a run of passwords that were hashed at the same costs. There is more than
// one only after the parameters have become others, until the older passwords have
// fallen out: they cannot be hashed anew, since nobody knows them.
type span struct {
	params  Params
	digests [][]byte // the newest first
}

// ReadHistory reads what [History.Text] wrote. Two empty texts are the empty history.
// The error wraps [ErrMalformed] or [ErrTooCostly] and has no part of the texts.
func ReadHistory(salt, digests string) (h History, err error) {
	if salt == "" && digests == "" {
		return h, nil
	}
	if h.salt, err = readBytes("salt", salt, saltBytes, saltBytes); err != nil {
		return History{}, err
	}
	total := 0
	for more := true; more; {
		var costs, run string
		costs, digests, _ = strings.Cut(digests, "$")
		run, digests, more = strings.Cut(digests, "$")
		s, err := readSpan(costs, run)
		if err != nil {
			return History{}, err
		}
		h.spans = append(h.spans, s)
		total += len(s.digests)
		if len(h.spans) > historySpans || total > MaxHistory {
			return History{}, fmt.Errorf("%w: a history of more than %d passwords or %d costs", ErrMalformed, MaxHistory, historySpans)
		}
	}
	if len(h.spans) > 1 && h.spans[0].params == h.spans[1].params {
		return History{}, fmt.Errorf("%w: a history that has the same costs twice", ErrMalformed)
	}
	return h, nil
}

func readSpan(costs, run string) (s span, err error) {
	if s.params, err = readCosts(costs); err != nil {
		return s, err
	}
	if run == "" || len(run)%historyText != 0 || len(run) > MaxHistory*historyText {
		return s, fmt.Errorf("%w: a history with %d characters of digests", ErrMalformed, len(run))
	}
	for ; run != ""; run = run[historyText:] {
		d, err := readBytes("digest", run[:historyText], historyDigest, historyDigest)
		if err != nil {
			return s, err
		}
		s.digests = append(s.digests, d)
	}
	return s, nil
}

// Text returns the two texts that the record of an account keeps: the salt, and the
// digests end to end behind the costs that they were made at, the newest first, as
// "m=…,t=…,p=…$digests". Both are empty for the empty history, and secret: whoever
// has them can try passwords. They have 22 and at most 600 characters.
func (h History) Text() (salt, digests string) {
	var parts []string
	for _, s := range h.spans {
		run := ""
		for _, d := range s.digests {
			run += phcBase64.EncodeToString(d)
		}
		parts = append(parts, s.params.costs(), run)
	}
	return phcBase64.EncodeToString(h.salt), strings.Join(parts, "$")
}

// Len returns how many passwords h remembers.
func (h History) Len() (n int) {
	for _, s := range h.spans {
		n += len(s.digests)
	}
	return n
}

// Add returns h with the account's new password before the others, hashed at p, and
// keeps the newest of them, keep at most: 0 forgets all, and more than [MaxHistory]
// are never kept. The password is given as it was typed. Add costs one hash, to be
// done behind a [Gate]. Errors are those of [Params.Hash].
func (h History) Add(p Params, password string, keep int) (History, error) {
	form := typed.Password(password)
	if err := p.check(form); err != nil {
		return History{}, err
	}
	if keep <= 0 {
		return History{}, nil
	}
	p = p.filled()
	p.insecure = false // as it is read again
	salt := h.salt
	if salt == nil {
		salt = rnd.Bytes(saltBytes)
	}
	fresh := span{p, [][]byte{deriveArgon2id(form, salt, p, historyDigest)}}
	older := h.spans
	if len(older) > 0 && older[0].params == p {
		fresh.digests = append(fresh.digests, older[0].digests...)
		older = older[1:]
	}
	spans := append([]span{fresh}, older...)
	return History{salt, newest(spans[:min(len(spans), historySpans)], min(keep, MaxHistory))}, nil
}

// newest returns the first n digests of spans, in spans that share their memory.
func newest(spans []span, n int) (out []span) {
	for _, s := range spans {
		s.digests = s.digests[:min(n, len(s.digests))]
		if n -= len(s.digests); len(s.digests) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// Check returns nil for a password that is none of the last ones, of which it looks
// at the newest, last at most, else a [*PolicyError] with [RuleHistory]. The password
// is given as it was typed. Check costs one hash, or two while h holds passwords from
// before the parameters became others, and none if nothing is to be looked at: do
// it behind a [Gate].
func (h History) Check(password string, last int) error {
	form := typed.Password(password)
	if form == "" || len(form) > MaxPassword {
		return nil // no password that can have been set
	}
	found := 0
	for _, s := range newest(h.spans, max(last, 0)) {
		key := deriveArgon2id(form, h.salt, s.params, historyDigest)
		for _, d := range s.digests {
			found |= subtle.ConstantTimeCompare(key, d)
		}
	}
	if found == 0 {
		return nil
	}
	return &PolicyError{Failed: []Violation{NewViolation(RuleHistory, "Choose one that you have not had here before.")}}
}
