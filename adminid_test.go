package sallyport_test

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
)

// TestAdminOddIDs: whatever text an administrator's program takes for an id, a name or a key,
// no method says that the store was used wrongly: what cannot be an id is nobody's.
func TestAdminOddIDs(t *testing.T) {
	odd := []string{
		"\x00", "a\nb", "\xff\xfe", "é", " ", "", "../x",
		strings.Repeat("a", 128), strings.Repeat("a", 240), strings.Repeat("ü", 16), strings.Repeat("\x00", 32),
	}
	prefix := sallyporttest.WithConfig(func(c *sallyport.Config) { c.Prefix = strings.Repeat("p", 32) })
	for name, k := range map[string]*sallyporttest.Kit{"built-in accounts": sallyporttest.New(t, prefix), "own accounts": owned(t, ann(t), prefix)} {
		admin := reflect.ValueOf(setup(k))
		for i := range admin.NumMethod() {
			for _, id := range odd {
				if err := calledWith(t.Context(), admin.Method(i), id); errors.Is(err, store.ErrInvalid) {
					t.Errorf("%s: %s(%.10q): got %v", name, admin.Type().Method(i).Name, id, err)
				}
			}
		}
	}
}

// TestAdminNobody: every method that takes the id of an account says of a text that is none
// what it says of an id that nobody has.
func TestAdminNobody(t *testing.T) {
	admin := reflect.ValueOf(setup(sallyporttest.New(t)))
	for _, name := range []string{
		"User", "UpdateUser", "DeleteUser", "Unlock", "SetPassword", "SetLastingPassword", "GeneratePassword", "EndSessions", "EndSession",
		"Sessions", "Factors", "RemoveFactor", "ResetFactors", "Invite", "Devices", "ForgetDevice", "CreateKey", "Keys", "RotateKey", "RevokeKey",
	} {
		for _, id := range []string{"a\nb", "\xff", strings.Repeat("a", 300), strings.Repeat("\x00", 32)} {
			if err := calledWith(t.Context(), admin.MethodByName(name), id); !errors.Is(err, directory.ErrNoUser) {
				t.Errorf("%s(%.4q): got %v, want %v", name, id, err, directory.ErrNoUser)
			}
		}
	}
}

// calledWith calls a method with that text wherever it takes one, and with zero values
// elsewhere, and returns its error, also that of a list.
func calledWith(ctx context.Context, method reflect.Value, text string) (err error) {
	in := []reflect.Value{}
	for i := range method.Type().NumIn() {
		switch arg := method.Type().In(i); {
		case i == 0 && arg.Kind() == reflect.Interface:
			in = append(in, reflect.ValueOf(ctx))
		case arg.Kind() == reflect.String:
			in = append(in, reflect.ValueOf(text))
		case arg == reflect.TypeFor[iter.Seq2[directory.ImportRow, error]]():
			in = append(in, reflect.ValueOf(iter.Seq2[directory.ImportRow, error](func(func(directory.ImportRow, error) bool) {})))
		default:
			in = append(in, filledWith(arg, text))
		}
	}
	for _, out := range method.Call(in) {
		if e, is := out.Interface().(error); is {
			err = errors.Join(err, e)
		}
		if out.Kind() == reflect.Func {
			err = errors.Join(err, drained(out))
		}
	}
	return err
}

// filledWith is a value whose texts are all that one, if it is not too long for them, and a
// number 1.
func filledWith(of reflect.Type, text string) reflect.Value {
	v := reflect.New(of).Elem()
	if v.CanInt() {
		v.SetInt(1)
	}
	if len(text) > 64 {
		text = "x"
	}
	if of.Kind() == reflect.Struct {
		for i := range of.NumField() {
			if f := v.Field(i); f.CanSet() && f.Kind() == reflect.String {
				f.SetString(text)
			}
		}
	}
	return v
}

// drained reads a list to its end, and returns its errors.
func drained(list reflect.Value) (err error) {
	if list.Type().In(0).NumIn() == 1 {
		for v := range list.Seq() {
			_ = v.Interface() // each has its own error, of a row
		}
		return nil
	}
	for a, b := range list.Seq2() {
		for _, v := range []reflect.Value{a, b} {
			if e, is := v.Interface().(error); is {
				err = errors.Join(err, e)
			}
		}
	}
	return err
}
