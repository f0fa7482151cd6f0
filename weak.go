package sallyport

// judgeWeak holds the account's right password, as it was typed, against what the
// policy states; one that was looked at in part meets nothing. It comes after the
// verdict on the password, so that it costs wrong ones nothing and tells nothing of
// them. One that is staged was judged when it was given, and is not the account's yet.
func (c *call) judgeWeak(pw string, isCut bool) error {
	p := &c.who
	if p.staged != "" {
		return nil
	}
	if p.weak = isCut; isCut || !c.policy.Passwords.State() {
		return nil
	}
	policy, err := c.passwordPolicy(&c.policy.Passwords)
	if err != nil {
		return err
	}
	p.weak = !policy.Meets(pw)
	return nil
}
