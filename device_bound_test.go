package sallyport_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

const (
	otherApplication = "18de8ce7-80e7-4c66-a672-4ffa3eb56d54"
	otherClient      = otherApplication + "_Native"
)

// withOther adds an application with a client, in which tom has a role.
func withOther(t *testing.T, k *sallyporttest.Kit) {
	t.Helper()
	k.Apply(t, func(d *directory.File) {
		client := d.Clients[0]
		client.Application = otherApplication
		d.Applications = append(d.Applications, directory.Application{ID: otherApplication, Name: "Other", Roles: []directory.Role{{Name: "Clerk"}}})
		d.Clients = append(d.Clients, client)
	})
	k.EditUser(t, "tom", func(u *directory.User) {
		u.Roles = append(slices.Clone(u.Roles), directory.Grant{Application: "Other", Role: "Clerk"})
	})
}

// TestP5Devices swaps account, party, application and place of a device token, one at a
// time.
func TestP5Devices(t *testing.T) {
	for _, scope := range []string{"Application", "Repository"} {
		t.Run(scope, func(t *testing.T) {
			k := remembering(t)
			setPolicy(t, k, func(d *directory.Policy) { d.MFA.SessionScope = &scope })
			c, p := k.InProcess(), tom(t, k)
			withOther(t, k)
			peter := k.AddUser(t, sallyporttest.User{Name: "peter", TOTP: true})
			token, foreign := remembered(t, c, p), remembered(t, c, peter)
			elsewhere := wanted
			if scope == "Repository" {
				elsewhere = sallyport.Success
			}
			byDevice(c, p, foreign).Want(t, wanted)
			byDevice(c, p, token[:32]+foreign[32:]).Want(t, wanted)
			byDevice(c, p, foreign[:32]+token[32:]).Want(t, wanted)
			own := hostLogin(t, k, sallyport.Login{Username: p.Name, Password: p.Password, DeviceToken: token})
			wantOutcome(t, "the host, with a client's", own, sallyport.FactorWanted, sallyport.NoReason)
			own = hostLogin(t, k, sallyport.Login{RequestID: own.RequestID, OptionID: own.Options[0].ID, Code: p.Authenticator.Fresh(), RememberDevice: true})
			byDevice(c, p, own.DeviceToken).Want(t, wanted)
			again := hostLogin(t, k, sallyport.Login{Username: p.Name, Password: p.Password, DeviceToken: own.DeviceToken})
			wantOutcome(t, "the host, with its own", again, sallyport.Granted, sallyport.NoReason)

			byDevice(c.As(otherClient, sallyporttest.ClientSecret), p, token).Want(t, elsewhere)
			if scope == "Repository" {
				return // it was spent there
			}
			byDevice(c.As(sallyporttest.PublicClientID, ""), p, token).Want(t, sallyport.Success)
		})
	}
}

// TestP9Devices: a device token of another account, or one that is none any more, changes
// neither the answer nor the work.
func TestP9Devices(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := remembering(t, sallyporttest.WithStore(counting))
	c, p := k.InProcess(), tom(t, k)
	peter := k.AddUser(t, sallyporttest.User{Name: "peter", TOTP: true})
	dead := remembered(t, c, p)
	byDevice(c, p, byDevice(c, p, dead).Tokens.DeviceToken)
	byDevice(c, p, dead).Want(t, wanted) // it ended the device
	foreign := remembered(t, c, peter)
	answer := func(name, password, token string) string {
		counting.Reset()
		form := "grant_type=VGAuthenticator&client_id=" + sallyporttest.ClientID + "&client_secret=" + sallyporttest.ClientSecret + "&Username=" + name + "&Password=" + urlEscape(password)
		if token != "" {
			form += "&VGDeviceToken=" + token
		}
		rec := post(t, k, form)
		var doc struct {
			VGResponse struct {
				RequestId              string
				AuthenticationResponse struct{ MFAAvailables []struct{ Id string } }
			}
		}
		if err := json.Unmarshal(rec.body, &doc); err != nil {
			t.Fatal(err)
		}
		work := counting.Counts()
		body := bytes.ReplaceAll(rec.body, []byte(doc.VGResponse.RequestId), []byte("ID"))
		for _, o := range doc.VGResponse.AuthenticationResponse.MFAAvailables {
			body = bytes.ReplaceAll(body, []byte(o.Id), []byte("OPTION"))
		}
		return fmt.Sprintf("%d %s loads %d commits %d", rec.status, body, work.Loads, work.Commits)
	}
	for _, name := range []string{"tom", "nobody"} {
		for _, password := range []string{"wrong", p.Password} {
			want := answer(name, password, "")
			for what, token := range map[string]string{"another account's": foreign, "a dead one": dead, "none of ours": "x", "zeros": strings.Repeat("0", 96)} {
				k.Clock.Advance(time.Hour) // no repeat, and no lock
				if got := answer(name, password, token); got != want {
					t.Errorf("%s with %q, %s:\n got %s\nwant %s", name, password, what, got, want)
				}
			}
		}
	}
	lockName(t, c, p.Name)
	want := answer(p.Name, p.Password, "")
	if got := answer(p.Name, p.Password, foreign); got != want {
		t.Errorf("a locked name, with another account's:\n got %s\nwant %s", got, want)
	}
}

// TestP11Devices: no device token rests in clear, is logged, told in an event or printed.
func TestP11Devices(t *testing.T) {
	s := memstore.New()
	k := remembering(t, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true }))
	c, p := k.InProcess(), tom(t, k)
	tokens := []string{remembered(t, c, p)}
	var printed strings.Builder
	for range 2 {
		r, err := k.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: p.Password, DeviceToken: tokens[len(tokens)-1]}))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&printed, "%v %+v %#v %s %v %#v", r, r, r, r, *r, *r)
		tokens = append(tokens, r.DeviceToken)
	}
	missesOn(t, c, p.Name, tokens[2], 1)
	byDevice(c, p, tokens[0]).Want(t, wanted) // reused
	var all bytes.Buffer
	for r, err := range s.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s\n%s\n", r.Key, r.Value)
	}
	fmt.Fprintf(&all, "%+v\n%s\n%s\n", k.Events(), k.Logs(), printed.String())
	for i, token := range tokens {
		if secret := token[32:]; bytes.Contains(bytes.ToUpper(all.Bytes()), []byte(secret)) {
			t.Errorf("token %d rests, is told or is printed in clear", i)
		}
	}
}

// TestDeviceCopied: a spent token that comes back ends the device, and tells the owner, also
// where the password is wrong.
func TestDeviceCopied(t *testing.T) {
	for _, right := range []bool{true, false} {
		k := remembering(t)
		c := k.InProcess()
		p := k.AddUser(t, sallyporttest.User{Name: "tom", Email: mail, EmailValidated: true, TOTP: true})
		first := remembered(t, c, p)
		second := byDevice(c, p, first).Want(t, sallyport.Success).Tokens.DeviceToken
		k.Clock.Advance(30 * time.Second)
		in, want := sallyport.Login{Username: p.Name, Password: p.Password, DeviceToken: first}, wanted
		if !right {
			in.Password, want = "wrong", mismatch
		}
		c.Call(in).Want(t, want)
		if m := k.Outbox.Await(mail, "notice"); !strings.Contains(m.Text, "somebody may have a copy") {
			t.Errorf("got %q", m.Text)
		}
		byDevice(c, p, second).Want(t, wanted)
		if !slices.ContainsFunc(k.Events(), func(ev sallyport.Event) bool {
			return ev.Kind == sallyport.EventDeviceEnded && ev.Account == p.ID && ev.Detail == "a spent token came back"
		}) {
			t.Error("there is no event")
		}
	}
}

// holdsDevices reports whether a store holds a record of remembered devices.
func holdsDevices(t *testing.T, k *sallyporttest.Kit) bool {
	t.Helper()
	for r, err := range k.Store.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if store.TableOf(r.Key) == "devices" {
			return true
		}
	}
	return false
}

// TestP12Devices: what ends the sessions of an account ends its devices, at the next call
// and for ever.
func TestP12Devices(t *testing.T) {
	type act func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person) error
	edit := func(change func(u *directory.User)) act {
		return func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person) error {
			k.EditUser(t, p.Name, change)
			return nil
		}
	}
	for name, do := range map[string]act{
		"a new password, of an administrator": func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person) error {
			p.Password = fresh
			return setup(k).SetLastingPassword(t.Context(), p.ID, fresh)
		},
		"a new password, of their own": func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person) error {
			c := k.InProcess()
			r, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Caller: login(sallyport.Login{}).Caller, Username: p.Name, Password: p.Password, NewPassword: fresh})
			if err != nil {
				return err
			}
			p.Password = fresh
			a := c.Resume(r.RequestID, p.Name, fresh)
			c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", p.Authenticator.Fresh()).Want(t, sallyport.Success)
			return nil
		},
		"a reset": func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person) error {
			key := k.Outbox.Key(mail, func() {
				if err := k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: p.Name}); err != nil {
					t.Error(err)
				}
			})
			r, err := k.Engine.FinishReset(t.Context(), sallyport.ResetFinish{Key: key, NewPassword: fresh})
			if err == nil {
				_, err = k.Engine.FinishReset(t.Context(), sallyport.ResetFinish{Key: key, NewPassword: fresh, RequestID: r.RequestID, OptionID: r.Options[0].ID, Code: p.Authenticator.Fresh()})
			}
			p.Password = fresh
			return err
		},
		"another factor": func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person) error {
			c := k.InProcess()
			a := c.Login(p.Name, p.Password)
			c.SendVerification(a.RequestID, "SMS", phone).Want(t, false)
			c.ConfirmVerification(a.RequestID, "SMS", k.Outbox.LastCode(phone)).Want(t, false)
			p.Authenticator.Fresh() // the proof has to be younger than what it lets in
			c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", p.Authenticator.Fresh()).Want(t, sallyport.Success)
			return nil
		},
		"factors reset": func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person) error {
			return takeFactors(t.Context(), setup(k), p.ID)
		},
		"a factor removed, by an administrator": func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person) error {
			list, err := setup(k).Factors(t.Context(), p.ID)
			if err != nil || len(list.Factors) != 2 {
				t.Fatalf("got %+v, %v, want two factors", list, err)
			}
			return setup(k).RemoveFactor(t.Context(), p.ID, list.Factors[1].ID) // the mailbox; the device was by the authenticator
		},
		"recovery codes anew": func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person) error {
			f := &factoring{moving: &moving{Kit: k, t: t, p: p}}
			in := sallyport.Login{Username: p.Name, Password: p.Password}
			r := hostLogin(t, k, in)
			i := slices.IndexFunc(r.Options, func(o sallyport.Option) bool { return o.Transport == mfa.Authenticator })
			r = hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[i].ID, Code: p.Authenticator.Fresh()})
			f.s = r.Session
			return errWithout(f.proven(renews, f.first(renews, ""), mfa.Authenticator).Outcome == sallyport.Granted)
		},
		"sessions ended": func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person) error {
			return setup(k).EndSessions(t.Context(), p.ID)
		},
		"disabled": edit(func(u *directory.User) { u.Disabled = true }),
		"forgotten": func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person) error {
			list, err := setup(k).Devices(t.Context(), p.ID)
			if err != nil || len(list) != 1 {
				t.Fatalf("got %v, %v, want one device", list, err)
			}
			return setup(k).ForgetDevice(t.Context(), p.ID, list[0].ID)
		},
		"deleted": func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person) error {
			return setup(k).DeleteUser(t.Context(), p.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := remembering(t)
			c := k.InProcess()
			p := k.AddUser(t, sallyporttest.User{Name: "tom", Email: mail, EmailValidated: true, TOTP: true})
			token := remembered(t, c, p)
			if err := do(t, k, p); err != nil {
				t.Fatal(err)
			}
			if a := byDevice(c, p, token); a.Granted() {
				t.Error("the device stands for the factor")
			}
			if name == "disabled" {
				k.EditUser(t, p.Name, func(u *directory.User) { u.Disabled = false })
				if a := byDevice(c, p, token); a.Granted() {
					t.Error("the device stands for the factor of an account that was disabled")
				}
			}
			if name == "deleted" && holdsDevices(t, k) {
				t.Error("the record of its devices is left")
			}
			if list, err := setup(k).Devices(t.Context(), p.ID); len(list) > 0 || err != nil && !errors.Is(err, directory.ErrNoUser) {
				t.Errorf("got %v, %v, want no device left", list, err)
			}
		})
	}
}

// errWithout is nil where what had to happen did.
func errWithout(done bool) error {
	if done {
		return nil
	}
	return errors.New("it was not done")
}
