package mfa

// Layer is where a rule of policy stands.
type Layer string

// The layers, from the one that gives way to all others to the one that gives way to none.
const (
	LayerDefault     Layer = "default"     // what holds where no rule says otherwise
	LayerGeneral     Layer = "general"     // the policy for everybody
	LayerApplication Layer = "application" // an application's
	LayerRole        Layer = "role"        // a role's, in that application
	LayerUser        Layer = "user"        // the account's own entry
)

// Rule is the rule by which an account is asked for a second factor. The zero value is
// none: nobody asks.
type Rule struct {
	Layer Layer
	Name  string // of the application or the role, else empty
	Mode  string // [Required] or [WhenEnrolled]
}

// String names the rule, such as "Required by the role Manager".
func (r Rule) String() string {
	switch r.Layer {
	case "":
		return ""
	case LayerUser:
		return r.Mode + " of this account"
	case LayerDefault:
		return r.Mode + " by default"
	case LayerGeneral:
		return r.Mode + " by the general policy"
	}
	return r.Mode + " by the " + string(r.Layer) + " " + r.Name
}
