package sallyport

import (
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
)

// deviceKeys are what has to be read to judge the device tokens of a browser: nothing, where
// none can be one of this account.
func (r accountRef) deviceKeys(tokens mfa.DeviceTokens) []string {
	if _, has := tokens.Of(r.home); !has {
		return nil
	}
	return r.devicesKey()
}

// devicesKey is the record of the account's devices.
func (r accountRef) devicesKey() []string { return []string{mfa.DevicesTable.Key(r.home)} }

// meetDevice holds a browser's device token of the account against its devices, whose records
// have been read. Whether the password is right is no matter: a spent token that comes back
// is told in any case. Tokens of other accounts, or of none, are as if absent; so is any
// where a module judges the password: a place that locks names by itself wants no more
// wrong passwords passed on than it says.
func (c *call) meetDevice(tokens mfa.DeviceTokens) error {
	p := &c.who
	t, has := tokens.Of(p.home)
	if c.devices = nil; p.module != nil || !has {
		return nil
	}
	devices, err := mfa.ReadDevices(c.tx, c.index, p.home, p.age.Epoch)
	if err != nil {
		return err
	}
	v, err := devices.Show(t, c.deviceTerms())
	if err != nil {
		return err
	}
	c.devices = devices
	if v != mfa.DeviceReused {
		return nil
	}
	factors, err := mfa.ReadFactors(c.tx, p.home, p.leastSerial())
	if err != nil {
		return err
	}
	if to := factors.Targets(c.channels); len(to) > 0 {
		c.out.notices = append(c.out.notices, mfa.Notice{Kind: mfa.DeviceCopied, User: p.acc.Name, To: to})
	}
	return c.log(Event{Kind: EventDeviceEnded, Account: p.id, Client: c.client.ID, Detail: "a spent token came back"})
}

// deviceTerms is what this login wants of a device.
func (c *call) deviceTerms() mfa.DeviceTerms {
	return mfa.DeviceTerms{Host: c.host, Application: c.app.ID, Policy: directory.MFAPolicy(&c.who.acc, c.policy, &c.app)}
}

// missOnDevice charges a wrong password to the device on which it was typed, and to it
// alone: strangers, who have no device, are counted by the name.
func (c *call) missOnDevice(tag []byte) error {
	ended, err := c.devices.Miss(tag)
	if err != nil {
		return err
	}
	c.missed, c.out.answer = true, assess(facts{known: true})
	if ended {
		if err := c.who.guard.NoteMiss(c.tx, c.policy.LockRules, tag); err != nil {
			return err
		}
		if err := c.log(Event{Kind: EventDeviceEnded, Account: c.who.id, Client: c.client.ID, Detail: "wrong passwords"}); err != nil {
			return err
		}
	}
	return c.log(Event{Kind: EventWrongPassword, Account: c.who.id, Client: c.client.ID, Status: c.out.status, Detail: "on a remembered device"})
}
