package mfa

import (
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/internal/record"
)

// maxProofs bounds the applications of which it is kept when a factor was last proven.
const maxProofs = 16

// Proof says when a second factor was last proven at an application, and by what. It is
// kept, and believed, where the host has chosen that a user is not asked again for a while
// on whatever device: Config.InsecureSessionPerUser.
type Proof struct {
	Application string
	Method      Method
	At          time.Time
	Epoch       uint64 // of the account then: a change of password or factors ends it

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (p *Proof) Fields(f *record.Fields) {
	f.ID(1, "application", &p.Application)
	f.Int(2, "transport", (*int)(&p.Method.Transport))
	f.Int(3, "mode", (*int)(&p.Method.Mode))
	f.Time(4, "at", &p.At)
	f.Uint(5, "epoch", &p.Epoch)
	f.Rest(&p.Unknown)
}

// NoteProof keeps that a method was proven now at an application, in the place of what was
// kept of it. Of more than sixteen applications the one that lies longest back goes.
func (c *Case) NoteProof(m Method, application string) {
	list := filter(c.Factors.Proofs, func(p Proof) bool { return p.Application != application })
	if len(list) >= maxProofs {
		list = slices.Delete(list, 0, 1+len(list)-maxProofs)
	}
	c.Factors.Proofs = append(list, Proof{Application: application, Method: m, At: c.now, Epoch: c.Request.Epoch})
	c.dirtyFactors = true
}

// DropProofs drops the proofs that are over by the policy's time, or lie ahead of the clock,
// so that no clock that is put right revives them. It reports whether there were any.
func (f *Factors) DropProofs(p Policy, now time.Time) bool {
	left := filter(f.Proofs, func(x Proof) bool { return now.Before(x.At.Add(p.remembered())) && !moment.Ahead(x.At, now) })
	dropped := len(left) < len(f.Proofs)
	f.Proofs = left
	return dropped
}

// ProvenLately returns a proof by which the policy asks for none now: at that application,
// or at any where the scope is the repository, by a method that it counts, since the
// account's present epoch.
func (f *Factors) ProvenLately(p Policy, application string, epoch uint64, now time.Time) (Proof, bool) {
	for _, x := range f.Proofs {
		here := x.Application == application || p.SessionScope == ScopeRepository
		if here && x.Epoch == epoch && p.Remembers(x.Method, x.At, now) {
			return x, true
		}
	}
	return Proof{}, false
}
