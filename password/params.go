package password

import (
	"errors"
	"fmt"
)

// Params are the costs of new argon2id hashes. A field left 0 has its default,
// so the zero Params is what [DefaultParams] returns: 19 MiB, two passes, one
// lane, the recommendation of the OWASP Password Storage Cheat Sheet. One hash
// then takes about 25 ms.
//
// Params weaker than the weakest that the Cheat Sheet lists, or above the caps
// of the package comment, make no hashes.
type Params struct {
	Memory  uint32 // KiB
	Time    uint32 // passes over the memory
	Threads uint8  // lanes, computed in parallel

	insecure bool // made by InsecureParamsForTests
}

// Lower bounds: the Cheat Sheet's list ends at 7 MiB with five passes, and each
// line of it multiplies to at least that.
const (
	minMemory = 7 * 1024     // KiB
	minWork   = 5 * 7 * 1024 // KiB times passes
)

// ErrParams means that Params are too weak or too costly.
var ErrParams = errors.New("password: bad parameters")

// DefaultParams returns the default costs, every field filled in.
func DefaultParams() Params { return Params{Memory: 19 * 1024, Time: 2, Threads: 1} }

// InsecureParamsForTests returns parameters that cost a fraction of a
// millisecond and protect nothing. They exist so that tests of whole logins
// stay quick.
func InsecureParamsForTests() Params {
	return Params{Memory: 8, Time: 1, Threads: 1, insecure: true}
}

// Check returns nil if p can make hashes, else an error that wraps [ErrParams]
// and says why. It is for checking a configuration.
func (p Params) Check() error {
	p = p.filled()
	if p.capped() != nil {
		return fmt.Errorf("%w: m=%d,t=%d,p=%d is outside m=8*p to %d, t=1 to %d, p=1 to %d",
			ErrParams, p.Memory, p.Time, p.Threads, maxMemory, maxTime, maxThreads)
	}
	// 64 bits, though the caps keep the product below 32.
	if work := uint64(p.Memory) * uint64(p.Time); !p.insecure && (p.Memory < minMemory || work < minWork) {
		return fmt.Errorf("%w: m=%d,t=%d is too weak, want at least m=%d and m*t=%d",
			ErrParams, p.Memory, p.Time, minMemory, minWork)
	}
	return nil
}

// filled puts the defaults where p has 0.
func (p Params) filled() Params {
	d := DefaultParams()
	if p.Memory == 0 {
		p.Memory = d.Memory
	}
	if p.Time == 0 {
		p.Time = d.Time
	}
	if p.Threads == 0 {
		p.Threads = d.Threads
	}
	return p
}

// Kind returns the kind of the hashes that p makes.
func (p Params) Kind() Kind {
	p = p.filled()
	return Kind{Algorithm: Argon2id, Memory: p.Memory, Time: p.Time, Threads: p.Threads}
}
