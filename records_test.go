package sallyport_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/token"
	"github.com/sallyport-auth/sallyport/totp"
)

// recordsPage tells what rests in a store; between the marks stands a table that
// is written from the code.
const (
	recordsPage  = "docs/records.md"
	recordsStart = "<!-- table: written by make tables -->\n\n"
	recordsEnd   = "\n<!-- end of table -->\n"
)

// TestRecordsPage holds the page to the code, or writes it if the environment says
// so. A number that is used twice, or a field that has become another, is seen
// there by whoever reads the change.
func TestRecordsPage(t *testing.T) { holdTable(t, recordsPage, recordsTable()) }

func recordsTable() string {
	var b strings.Builder
	for _, d := range sallyport.Records() {
		fmt.Fprintf(&b, "### `%s`\n\n| field | number | holds |\n|---|---|---|\n", d.Name())
		for _, f := range d.Outline() {
			number, holds, _ := strings.Cut(f.Value, " ")
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.Name, number, holds)
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// TestHomeOf: what lies at the home of an account is its own, whatever the prefix of
// the engine; without an engine's key there is no home.
func TestHomeOf(t *testing.T) {
	m := memstore.New()
	if home, err := sallyport.HomeOf(t.Context(), m, "", "x"); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("of an empty store: got %q, %v, want %v", home, err, store.ErrDamaged)
	}
	for _, prefix := range []string{"", "one"} {
		k := sallyporttest.New(t, sallyporttest.WithStore(m), sallyporttest.WithConfig(func(c *sallyport.Config) {
			c.Keys, c.InsecurePlainStore, c.Prefix = sealed.Keys{}, true, prefix
		}))
		p := k.AddUser(t, sallyporttest.User{Name: "paul"})
		home, err := sallyport.HomeOf(t.Context(), m, prefix, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		key := account.Ageings.Key(home)
		if prefix != "" {
			key = prefix + "/" + key
		}
		if load(t, m, key).Value == nil {
			t.Errorf("with the prefix %q: nothing lies at %s", prefix, key)
		}
	}
}

// TestRecordsRoundTrip fills every field of every record, writes it and reads it
// again.
func TestRecordsRoundTrip(t *testing.T) {
	for _, r := range []record.Record{
		new(account.Account), new(account.NameEntry), new(account.Ageing), new(account.Lockout), new(account.HashMix), new(account.MailedKey), new(account.EmailEntry),
		new(mfa.Request), new(mfa.Pending), new(mfa.Factors), new(mfa.Bucket), new(mfa.Undo), new(mfa.DeviceList), new(mfa.RememberedDevice),
		new(token.Session), new(token.Client), new(token.OriginEntry), new(token.Ring), new(token.RingState), new(token.APIKey),
		new(directory.ApplicationRecord), new(directory.PolicyRecord), new(directory.Registration),
	} {
		v := reflect.ValueOf(r).Elem()
		t.Run(v.Type().String(), func(t *testing.T) {
			fill(t, v)
			var wg sync.WaitGroup
			wg.Go(func() { record.Describe(r) }) // what is written may be shared
			raw, err := record.Append(nil, r)
			if err != nil {
				t.Fatal(err)
			}
			wg.Wait()
			again := reflect.New(v.Type())
			if err := record.Decode(raw, again.Interface().(record.Record)); err != nil {
				t.Fatal(err)
			}
			if twice, err := record.Append(nil, again.Interface().(record.Record)); err != nil || !bytes.Equal(raw, twice) {
				t.Errorf("got %x, then %x, %v", raw, twice, err)
			}
			if !reflect.DeepEqual(again.Interface(), v.Addr().Interface()) {
				t.Errorf("got  %+v\nwant %+v", again.Elem().Interface(), v.Interface())
			}
			if got, want := fmt.Sprint(record.Describe(again.Interface().(record.Record))), fmt.Sprint(record.Describe(r)); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if got, want := len(record.Describe(r)), len(record.Outline(reflect.New(v.Type()).Interface().(record.Record))); got < want/2 {
				t.Errorf("%d fields of some %d were filled", got, want)
			}
		})
	}
}

// fill gives every field another value than the zero one.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
		return
	case *totp.Secret:
		*x = totp.NewSecret()
		return
	case *mfa.Transport:
		*x = mfa.Email
		return
	case *record.Unknown:
		return
	case *[]mfa.Device: // no two have one id
		*x = make([]mfa.Device, 2)
		for i := range *x {
			fill(t, reflect.ValueOf(x).Elem().Index(i))
			(*x)[i].ID = rnd.UUID()
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("0c01cfec-5d10-434e-9998-9e48e0e844e3")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		v.SetUint(7)
	case reflect.Float64:
		v.SetFloat(7)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, v.Index(0))
		fill(t, v.Index(1))
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(t, key)
		fill(t, value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(t, v.Field(i))
			}
		}
	default:
		t.Fatalf("no value for %s", v.Type())
	}
}
