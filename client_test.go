package sallyport_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestThrottledClient: a client that fails to authenticate is turned away after
// twenty times a minute from one public address, and others are not.
func TestThrottledClient(t *testing.T) {
	k := sallyporttest.New(t)
	call := func(secret, address string) error {
		return from(k.InProcess().As(sallyporttest.ClientID, secret), address, 1)
	}
	for i := range 20 {
		if p, ok := errors.AsType[*sallyport.ProtocolError](call("wrong", "192.0.2.1")); !ok || p.Code != "invalid_client" {
			t.Fatalf("call %d: got %v, want invalid_client", i+1, p)
		}
	}
	if err := call(sallyporttest.ClientSecret, "192.0.2.1"); !errors.Is(err, sallyport.ErrBusy) {
		t.Errorf("got %v, want busy", err)
	}
	if err := call(sallyporttest.ClientSecret, "192.0.2.2"); err != nil {
		t.Errorf("another address: got %v", err)
	}
	k.Clock.Advance(time.Minute)
	if err := call(sallyporttest.ClientSecret, "192.0.2.1"); err != nil {
		t.Errorf("a minute later: got %v", err)
	}
}

// from has a client call n times from an address and answers the last error.
func from(c *sallyporttest.Client, address string, n int) (err error) {
	for range n {
		err = c.Call(sallyport.Login{Username: "nobody", Password: "wrong", Address: address}).Err
	}
	return err
}

// TestThrottleBounds: nineteen misses of a minute turn nobody away, twenty do,
// to the end of the minute; and only that client from that address.
func TestThrottleBounds(t *testing.T) {
	k := sallyporttest.New(t)
	good, bad := k.InProcess(), k.InProcess().As(sallyporttest.ClientID, "wrong")
	const v4, v6 = "192.0.2.1", "2001:db8:0:1::1"
	busy := func(err error) bool { return errors.Is(err, sallyport.ErrBusy) }

	from(bad, v4, 19)
	if err := from(good, v4, 1); err != nil {
		t.Errorf("after 19: got %v, want a verdict", err)
	}
	if err := from(bad, v4, 1); busy(err) {
		t.Errorf("the twentieth: got %v, want it refused as a wrong secret", err)
	}
	if err := from(good, v4, 1); !busy(err) {
		t.Errorf("after 20: got %v, want busy", err)
	}
	if err := from(good, "::ffff:"+v4, 1); !busy(err) {
		t.Errorf("the same address as IPv6 writes it: got %v, want busy", err)
	}
	if err := from(k.InProcess().As(sallyporttest.PublicClientID, ""), v4, 1); err != nil {
		t.Errorf("another client: got %v, want a verdict", err)
	}
	k.Clock.Advance(time.Minute - 1)
	if err := from(good, v4, 1); !busy(err) {
		t.Errorf("at the end of the minute: got %v, want busy", err)
	}
	k.Clock.Advance(1)
	if err := from(good, v4, 1); err != nil {
		t.Errorf("in the next minute: got %v, want a verdict", err)
	}

	from(bad, v6, 20)
	for address, want := range map[string]bool{"2001:db8:0:1:ffff::2": true, "2001:db8:0:2::1": false, "192.0.2.9": false} {
		if err := from(good, address, 1); busy(err) != want {
			t.Errorf("%s beside %s: got %v, want busy: %v", address, v6, err, want)
		}
	}
	for _, many := range []string{"127.0.0.1", "::1", "10.1.2.3", "192.168.0.1", "::ffff:10.0.0.1", "fe80::1", "no address"} {
		if err := from(bad, many, 25); busy(err) {
			t.Errorf("%s: got %v, though many may stand behind it", many, err)
		}
	}
}
