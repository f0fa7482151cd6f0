package sallyport

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// Device is a device on which the second factor of an account is not asked for, for a
// while. It belongs to the caller.
type Device struct {
	ID          string // no credential
	Label       string // in words, such as "Firefox on Windows"; empty: not known
	Address     string // network address of its last login, of IPv6 the /64; empty: not known
	ClientID    string // of the client that remembered it; host for the host itself
	Application string // id of the client's
	Proven      time.Time
	LastUse     time.Time // the day of its last login, as its beginning in UTC
	Expires     time.Time // at the latest: the policy may say earlier
	Present     bool      // it is the browser whose tokens were given to [Engine.DevicesIn]
}

func devicesOf(list []mfa.RememberedDevice) (out []Device) {
	for _, d := range list {
		out = append(out, Device{
			ID: d.ID, Label: d.Label, Address: d.Address, ClientID: d.Client, Application: d.Application,
			Proven: d.Proven, LastUse: d.LastUse.UTC().Truncate(24 * time.Hour), Expires: d.Expires,
		})
	}
	return out
}

// Devices lists the remembered devices of the account that a session is of, whichever
// client remembered them, the oldest first. Errors: [ErrInvalidSession]; faults.
func (e *Engine) Devices(ctx context.Context, handle string) ([]Device, error) {
	var list []Device
	err := e.ownDevices(handle, e.looking(ctx), func(_ *call, d *mfa.Devices) error {
		list = devicesOf(d.List())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// DevicesIn is [Engine.Devices] for a browser that keeps these device tokens, as
// [KeepDeviceToken] has them: the device that it is itself is Present. No token is judged or
// spent by it.
func (e *Engine) DevicesIn(ctx context.Context, handle, tokens string) ([]Device, error) {
	var list []Device
	kept := mfa.ParseDeviceTokens(tokens)
	err := e.ownDevices(handle, e.looking(ctx), func(c *call, d *mfa.Devices) error {
		list = devicesOf(d.List())
		t, _ := kept.Of(c.who.home)
		shown := d.Shown(t)
		for i := range list {
			list[i].Present = list[i].ID == shown
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// ForgetDevice forgets a device of the account that a session is of: the second factor is
// asked for on it at its next login. Its sessions go on. For an id that none has there is
// nothing to do, which is no error. A browser that keeps its token drops it by
// [DropDeviceToken]. Errors: [ErrInvalidSession]; faults.
func (e *Engine) ForgetDevice(ctx context.Context, handle, id string) error {
	return e.ownDevices(handle, e.changing(ctx), func(c *call, d *mfa.Devices) error {
		forgotten, err := d.Forget(id)
		if err != nil || !forgotten {
			return err
		}
		return c.log(Event{Kind: EventDeviceForgotten, Account: c.who.id, Client: hostParty})
	})
}

// ownDevices has fn run on the devices of the account that a session is of.
func (e *Engine) ownDevices(handle string, run runner, fn func(*call, *mfa.Devices) error) error {
	return e.inSessionWith(handle, run, accountRef.devicesKey, func(c *call, _ *token.Session) error {
		devices, err := c.readDevices()
		if err != nil {
			return err
		}
		return fn(c, devices)
	})
}

func (c *call) readDevices() (*mfa.Devices, error) {
	if err := c.tx.Fetch(mfa.DevicesTable.Key(c.who.home)); err != nil {
		return nil, err
	}
	return mfa.ReadDevices(c.tx, c.index, c.who.home, c.who.age.Epoch)
}

// Devices is [Engine.Devices] of any account, whoever owns its data.
func (a *Admin) Devices(ctx context.Context, id string) (list []Device, err error) {
	err = a.view(ctx, func(c *call, _ *directory.Editor) error {
		devices, err := c.devicesOfAccount(id)
		if err != nil {
			return err
		}
		list = devicesOf(devices.List())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

var errNoDevice = errors.New("sallyport: the account has no such device")

// ForgetDevice forgets a device of an account, as [Engine.ForgetDevice] does. That the
// account has none of that id is an error here.
func (a *Admin) ForgetDevice(ctx context.Context, id, device string) error {
	return a.edit(ctx, Event{Kind: EventDeviceForgotten}, func(c *call, _ *directory.Editor) (string, error) {
		devices, err := c.devicesOfAccount(id)
		if err != nil {
			return "", err
		}
		forgotten, err := devices.Forget(device)
		if err == nil && !forgotten {
			err = errNoDevice
		}
		return c.who.id, err
	})
}

// devicesOfAccount reads the devices of the account of an id.
func (c *call) devicesOfAccount(id string) (*mfa.Devices, error) {
	if err := c.readAnyones(id); err != nil {
		return nil, err
	}
	return c.readDevices()
}
