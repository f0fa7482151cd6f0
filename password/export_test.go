package password

// Work is one hash that was computed: of what kind, and of what.
type Work struct {
	Kind     Kind
	Password string
}

// counted is a stored hash that notes the work done for it.
type counted struct {
	stored
	done *[]Work
}

func (c counted) match(password string) bool {
	*c.done = append(*c.done, Work{c.kind(), password})
	return c.stored.match(password)
}

// WorkOfVerify does what Verify does and returns the hashes it computes.
func WorkOfVerify(hash, password string) (done []Work, ok bool, err error) {
	h, err := read(hash)
	if err != nil {
		return nil, false, err
	}
	ok = verify(counted{h, &done}, password)
	return done, ok, nil
}

// WorkOfVerifyNobody does what VerifyNobody does and returns the hashes it
// computes.
func WorkOfVerifyNobody(k Kind, password string) (done []Work) {
	verify(counted{k.nobody(), &done}, password)
	return done
}

// CheckBreachCount is the judgement on how many lines a list has: nobody can wait for
// a list that is too long.
func CheckBreachCount(count int64, sorted bool) error { return checkBreachCount(count, sorted) }
