package token

import "slices"

// methodReferences are the values of RFC 8176 section 2 that may stand in the amr of a
// token as they do in [Session].Methods.
var methodReferences = []string{
	"face", "fpt", "geo", "hwk", "iris", "kba", "mca", "otp", "pin", "pop", "pwd", "rba", "retina", "sc", "sms", "swk", "tel", "user", "vbm", "wia",
}

// AMR returns the methods of a session as values of RFC 8176, for the claim amr: those
// that it has, in their order; mca in the place of a link, which was approved over another
// channel than that of the login; and mfa where there is one beside a password. What has
// no value there is left out. The list is new.
func AMR(methods []string) []string {
	var out []string
	for _, m := range methods {
		if m == "link" {
			m = "mca"
		}
		if slices.Contains(methodReferences, m) && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	if len(out) > 1 && slices.Contains(out, "pwd") {
		out = append(out, "mfa")
	}
	return out
}
