package sallyport

import (
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// deviceTokensOf reads the device tokens of a login. One of them stands in the place of the
// second factor of a call 1 and of nothing else.
func deviceTokensOf(in *Login) mfa.DeviceTokens {
	if in.RequestID != "" || in.GrantType != token.GrantVGAuthenticator {
		return mfa.DeviceTokens{}
	}
	return mfa.ParseDeviceTokens(in.DeviceToken)
}

// spendDevice gives a login that is complete the successor of its device token. Where
// the device stood for the second factor the session says how and when that was proven.
func (c *call) spendDevice(skipped bool) (err error) {
	if skipped {
		method, proven := c.devices.Proof()
		c.stoodFor = map[string]time.Time{method.String(): proven}
	}
	c.out.deviceToken, err = c.devices.Spend(c.used)
	return err
}

// deviceUse is where a login is made, and what with.
func deviceUse(d *dialog, label string) mfa.DeviceUse {
	return mfa.DeviceUse{Label: mfa.DeviceLabel(label), Address: wholeAddress(d.guess.address)}
}

// wantDevice notes that the device is to be remembered once the login is complete, which
// an answer to that option has just passed. A recovery code is no reason to: whoever uses
// one has lost their factor, or has found the code. Accounts that a module keeps are not
// remembered, see [call.meetDevice].
func (c *call) wantDevice(d *dialog, request *mfa.Case) {
	method, ok := request.ProvenMethod(d.in.OptionID)
	if !d.in.RememberDevice || !ok || c.who.module != nil {
		return
	}
	c.newDevice = &mfa.NewDevice{DeviceUse: c.used, Client: c.client.ID, On: c.deviceTerms(), Method: method}
}

// rememberDevice remembers the device of a login that has just been granted, if that was
// asked for and the policy lets it.
func (c *call) rememberDevice() error {
	if c.newDevice == nil {
		return nil
	}
	devices, err := mfa.ReadDevices(c.tx, c.index, c.who.home, c.who.age.Epoch)
	if err != nil {
		return err
	}
	c.newDevice.Seed = c.said.seed(c.index, c.out.grant.session.ID)
	if c.out.deviceToken, err = devices.Remember(*c.newDevice); err != nil || c.out.deviceToken == "" {
		return err
	}
	return c.log(Event{Kind: EventDeviceRemembered, Account: c.who.id, Client: c.client.ID})
}

// standIn lets a device that is known, or what was proven lately, stand for a second factor
// that is wanted and could be asked for.
func (c *call) standIn(f *facts, factors *mfa.Factors, rules mfa.Policy) (err error) {
	if f.factor != factorWanted {
		return nil
	}
	stands := c.devices.KnownAt(c.who.age.Epoch)
	if !stands {
		stands, err = c.isProvenLately(factors, rules)
	}
	if stands {
		f.factor = factorProven
	}
	return err
}

// noteProof keeps what a login has just proven, for a host that has chosen not to ask again
// for a while on whatever device.
func (c *call) noteProof(request *mfa.Case) {
	if c.cfg.InsecureSessionPerUser && c.proof != (mfa.Method{}) && c.who.module == nil {
		request.NoteProof(c.proof, c.app.ID)
	}
}

// isProvenLately reports whether such a host asks for nothing now, and notes what stood for
// the second factor. A device that stands for it is looked at first. A proof that is met
// dead is dropped.
func (c *call) isProvenLately(factors *mfa.Factors, rules mfa.Policy) (ok bool, err error) {
	if !c.cfg.InsecureSessionPerUser || c.who.module != nil {
		return false, nil
	}
	if factors.DropProofs(rules, c.tx.Now()) {
		err = mfa.FactorsTable.Put(c.tx, c.who.home, *factors, account.NoExpiry)
	}
	var proof mfa.Proof
	proof, ok = factors.ProvenLately(rules, c.app.ID, c.who.age.Epoch, c.tx.Now())
	if ok {
		c.stoodFor = map[string]time.Time{proof.Method.String(): proof.At}
	}
	return ok, err
}
