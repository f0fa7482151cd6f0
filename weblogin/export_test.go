package weblogin

// Pending reads the value of a cookie of what is under way, and writes it again.
func Pending(value string) (again, name string) {
	p := parsePending(value)
	return p.encode(), p.name
}

// PendingOf is the value of the cookie for a name.
func PendingOf(name string) string { return pending{kind: kindSent, name: name}.encode() }
