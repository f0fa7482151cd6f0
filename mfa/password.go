package mfa

// The purposes of a request that is more than a login.
const (
	// ChangePassword wants another password before anything else: until one is
	// staged the request offers nothing.
	ChangePassword = "change password"
	// PasswordChanged follows it where nothing else is wanted: the password has
	// become the account's, and the same request goes on with it.
	PasswordChanged = "password changed"
)

// WantsPassword reports whether another password has to be chosen first.
func (r *Request) WantsPassword() bool {
	return r.Purpose == ChangePassword && r.StagedPassword == ""
}

// ChangesPassword reports whether the request stages a password, did, or wants to.
func (r *Request) ChangesPassword() bool { return r.Purpose != "" || r.StagedPassword != "" }

// StagePassword keeps the hash of another password, which becomes the account's in the
// commit that completes the login. Whatever was sent before is void: an answer to it
// cannot have meant this.
func (c *Case) StagePassword(hash string) {
	c.Request.StagedPassword = hash
	c.void()
}

// AdoptPassword notes that the password has become the account's in this commit,
// where nothing else was wanted.
func (c *Case) AdoptPassword() {
	c.Request.Purpose, c.Request.StagedPassword = PasswordChanged, ""
	c.dirtyRequest = true
}

// TellPasswordChanged plans the notice to the owner that the password is another.
func (c *Case) TellPasswordChanged() { c.tell(Notice{Kind: NewPassword}) }
