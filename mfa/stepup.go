package mfa

import (
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

// Need is what a [StepUp] has to prove. The zero value is met by every method that the
// policy counts.
type Need struct {
	Methods  []Method // that meet it, among those that the policy counts; none: all of these
	Recovery bool     // whether a recovery code meets it, with the option of an authenticator
}

// IsSound reports whether all of its methods exist.
func (n Need) IsSound() bool {
	return !slices.ContainsFunc(n.Methods, func(m Method) bool { return !slices.Contains(methods[:], m) })
}

// within returns the methods of the policy that meet it.
func (n Need) within(p Policy) []Method {
	return filter(p.Methods, func(m Method) bool { return len(n.Methods) == 0 || slices.Contains(n.Methods, m) })
}

// names are those of its methods, as a request keeps them.
func (n Need) names() (list []string) {
	for _, m := range n.Methods {
		list = append(list, m.String())
	}
	return list
}

// need is what the request has to prove.
func (r *Request) need() Need {
	n := Need{Recovery: r.TakesRecovery}
	for _, m := range methods {
		if slices.Contains(r.Need, m.String()) {
			n.Methods = append(n.Methods, m)
		}
	}
	return n
}

// Meeting returns what the account may answer with to meet a need: confirmed factors by
// methods that the policy counts. Where it counts none of them there is none: unlike in a
// login ([Factors.Offers]), what it does not count proves nothing here.
func (f *Factors) Meeting(n Need, p Policy, channels Channels, now time.Time) []Offer {
	return f.usable(f.offers(n.within(p), channels), now)
}

// Meets reports whether the need of a request is met by that option under the policy that
// holds now.
func (c *Case) Meets(id string) bool {
	option := c.Request.option(id)
	return option != nil && c.meets(option)
}

func (c *Case) meets(o *Option) bool {
	return c.Request.Purpose != StepUp || slices.Contains(c.Request.need().within(c.policy), o.Method)
}

// takesRecovery reports whether a recovery code is looked at.
func (c *Case) takesRecovery() bool { return c.Request.Purpose != StepUp || c.Request.TakesRecovery }

// EndStepUp ends a request whose need was met by that answer: an option and its code,
// which is empty of a link.
func (c *Case) EndStepUp(id, code string) {
	c.End()
	c.Request.Given = c.missTag(id, typed.Code(code))
}

// Repeats reports whether the same answer comes again that has met the need a moment ago.
func (c *Case) Repeats(id, code string) bool {
	return c.isMomentAgo() && sameDigest(c.Request.Given, c.missTag(id, typed.Code(code)))
}
