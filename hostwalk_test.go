package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// notWalked are the methods that TestAccountsEveryCall leaves out: they make no call.
var notWalked = []string{"Close", "Admin", "In"}

// argument is what a method gets for a parameter of a type: for texts the host's id of
// ann, for structs their zero value.
func argument(ctx context.Context, t reflect.Type) reflect.Value {
	switch t {
	case reflect.TypeFor[context.Context]():
		return reflect.ValueOf(ctx)
	case reflect.TypeFor[string]():
		return reflect.ValueOf(annID)
	case reflect.TypeFor[iter.Seq2[directory.ImportRow, error]]():
		return reflect.ValueOf(manyRows(1))
	case reflect.TypeFor[sallyport.PasswordChange]():
		return reflect.ValueOf(sallyport.PasswordChange{Username: "ann", Password: annPassword, NewPassword: fresh})
	case reflect.TypeFor[sallyport.ResetRequest]():
		return reflect.ValueOf(sallyport.ResetRequest{Username: "ann"})
	case reflect.TypeFor[sallyport.ResetFinish]():
		return reflect.ValueOf(sallyport.ResetFinish{Key: strings.Repeat("A", 43), NewPassword: fresh})
	}
	return reflect.Zero(t)
}

// called calls a method, goes through what it yields, and returns how it ended.
func called(ctx context.Context, m reflect.Value) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %v", errPanics, v)
		}
	}()
	in := []reflect.Value{}
	for i := range m.Type().NumIn() {
		if m.Type().IsVariadic() && i == m.Type().NumIn()-1 {
			break
		}
		in = append(in, argument(ctx, m.Type().In(i)))
	}
	for _, out := range m.Call(in) {
		switch v := out.Interface().(type) {
		case error:
			err = v
		case iter.Seq2[*sallyport.User, error]:
			err = first(v)
		case iter.Seq[directory.ImportResult]:
			for r := range v {
				err = r.Err
			}
		}
	}
	return err
}

var errPanics = errors.New("panics")

// TestAccountsEveryCall: beside a host's own users no call of the engine panics, none is
// asked in vain, and those of the administration that make, change or show users of the
// built-in directory are refused by name. A method that is new is walked, too, and has to
// be listed here if it is about such users.
func TestAccountsEveryCall(t *testing.T) {
	refused := []string{
		"ChangeAddress", "CloseAccount", "SetLanguage", "ChangePassword", "BeginReset", "FinishReset", // of a host without a PasswordWriter
		"CreateUser", "UpdateUser", "DeleteUser", "User", "FindUser", "Users",
		"SetPassword", "SetLastingPassword", "GeneratePassword", "Import",
	}
	k := owned(t, ann(t))
	signedIn(t, k)
	for _, of := range []reflect.Value{reflect.ValueOf(k.Engine), reflect.ValueOf(k.Engine.Admin(job))} {
		for i := range of.NumMethod() {
			name := of.Type().Method(i).Name
			if slices.Contains(notWalked, name) {
				continue
			}
			err := called(t.Context(), of.Method(i))
			if errors.Is(err, errPanics) {
				t.Errorf("%s: %v", name, err)
			}
			if errors.Is(err, sallyport.ErrHostAccounts) != slices.Contains(refused, name) {
				t.Errorf("%s: got %v, want it refused because of the host's users: %v", name, err, slices.Contains(refused, name))
			}
		}
	}
}

// TestAccountsMixKept: the search for weak hashes, which a host keeps in its own table,
// finds none here and leaves what was counted of them: by it unknown names are refused in
// the time of known ones.
func TestAccountsMixKept(t *testing.T) {
	users := ann(t)
	users.edit(annID, func(a *sallyport.Account) { a.PasswordHash = weakHash })
	s := memstore.New()
	k := plainly(t, s, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Accounts = users }))
	hostLogin(t, k, sallyport.Login{Username: "ann", Password: weakWord})
	weak, kinds := mixOf(t, s)
	if weak != 1 {
		t.Fatalf("got %d weak hashes counted, want that of the host", weak)
	}
	if n, done, err := k.Engine.Admin(job).WrapHashes(t.Context()); n != 0 || !done || err != nil {
		t.Errorf("got %d, %v, %v, want nothing to be done", n, done, err)
	}
	if err := k.Engine.Maintain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, now := mixOf(t, s); now != kinds {
		t.Errorf("got the mix %q, want it as it was: %q", now, kinds)
	}
}
