package mfa

import (
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
)

// The purposes of a request that is more than a login.
const (
	// ChangePassword wants another password before anything else: until one is
	// staged the request offers nothing.
	ChangePassword = "change password"
	// PasswordChanged follows it where nothing else is wanted: the password has
	// become the account's, and the same request goes on with it.
	PasswordChanged = "password changed"
)

// StagedPassword is a password that becomes the account's in the commit that completes
// the login. The zero StagedPassword is none.
type StagedPassword struct {
	Hash          string
	Salt, History string // of the account's last passwords, with this one
	// Refused are the rules that it breaks and that may be told only once a second
	// factor has passed, joined by commas: then it is not taken.
	Refused string

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (s *StagedPassword) Fields(f *record.Fields) {
	f.SecretText(1, "hash", &s.Hash)
	f.SecretText(2, "salt", &s.Salt)
	f.SecretText(3, "history", &s.History)
	f.SecretText(4, "refused", &s.Refused)
	f.Rest(&s.Unknown)
}

// WantsPassword reports whether another password has to be chosen first.
func (r *Request) WantsPassword() bool {
	return r.Purpose == ChangePassword && r.Staged.Hash == ""
}

// ChangesPassword reports whether the request stages a password, did, or wants to.
func (r *Request) ChangesPassword() bool {
	return r.Purpose == ChangePassword || r.Purpose == PasswordChanged || r.Staged.Hash != ""
}

// StagePassword keeps another password, which becomes the account's in the commit
// that completes the login. Whatever was sent before is void: an answer to it cannot
// have meant this.
func (c *Case) StagePassword(s StagedPassword) {
	c.Request.Staged = s
	c.pending.setBusy(c.record)
	c.void()
}

// AdoptPassword notes that the password has become the account's in this commit,
// where nothing else was wanted.
func (c *Case) AdoptPassword() {
	c.Request.Purpose, c.Request.Staged, c.Request.Weak = PasswordChanged, StagedPassword{}, false
	c.dirtyRequest = true
}

// NoteWeak notes whether the account's password, which this call has brought, does not
// meet the policy.
func (c *Case) NoteWeak(weak bool) {
	if c.Request.Weak != weak {
		c.Request.Weak, c.dirtyRequest = weak, true
	}
}

// DropPassword gives up what is staged: another password is wanted. The proof of the
// second factor, by that option, stands.
func (c *Case) DropPassword(option string) {
	c.Request.Purpose, c.Request.Staged, c.Request.ProvenBy = ChangePassword, StagedPassword{}, option
	c.dirtyRequest = true
}

// RefusePassword counts a new password that was refused. The fifth ends the request.
func (c *Case) RefusePassword() {
	c.Request.Refused++
	c.dirtyRequest = true
	if c.Request.Refused >= refusedPasswords.Size {
		c.shut()
	}
}

// TellNewPassword returns the notice to the owner that the password of an account is
// another, where no request is concerned. It takes from the account's budget, which is
// part of f: where there is a notice, f has to be written.
func (f *Factors) TellNewPassword(user string, channels Channels, now time.Time) (n Notice, told bool) {
	n = Notice{Kind: NewPassword, User: user, To: f.Targets(channels)}
	return n, len(n.To) > 0 && f.takeNotice(NewPassword, now)
}

// TellPasswordChanged plans the notice to the owner that the password is another.
func (c *Case) TellPasswordChanged() { c.tell(Notice{Kind: NewPassword}) }

// ForgetGuesses clears the wrong second factors of the account, whose password has become
// another, where an existing factor was proven in this request: one that was enrolled
// first in it shows nothing of whose it is.
func (c *Case) ForgetGuesses() {
	if c.Request.Proven.IsZero() || len(c.Request.Options) == 0 {
		return
	}
	c.Factors.Ledger.Forget()
	c.Factors.Unproven.Forget()
	c.dirtyFactors = true
}
