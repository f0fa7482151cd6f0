package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
)

// setLine reads which fields become another. A flag that is left out leaves its
// field as it is; an empty value empties it.
func setLine(f *flags) task {
	id := f.String("id", "", "`id` of the account; required")
	var by directory.UserChange
	text := func(name, usage string, to **string) {
		f.Func(name, usage, func(s string) error { *to = &s; return nil })
	}
	text("name", "another `name`; the old one stays reserved", &by.Name)
	text("first-name", "first `name`", &by.FirstName)
	text("last-name", "last `name`", &by.LastName)
	text("language", "`tag` of the language in which they are written to, such as de or pt-BR; \"\": that of the server", &by.Language)
	yes := func(name, usage string, to **bool) {
		f.BoolFunc(name, usage, boolValue(func(v bool) { *to = &v }))
	}
	yes("approved", "may log in; -approved=false: not yet", &by.Approved)
	yes("disabled", "may not log in, which ends the sessions; -disabled=false: may again", &by.Disabled)
	yes("locked", "locked by an administrator; -locked=false also ends locks by wrong passwords and codes", &by.Locked)
	yes("must-change-password", "the password opens nothing but a change of password", &by.MustChangePassword)
	yes("passwordless", "takes the password away, which ends the sessions: codes and links go to the address that the owner has proven; -passwordless=false: a password can be set again", &by.Passwordless)
	f.Func("start", "`time` from which the account is good, such as 2030-01-31T00:00:00Z; \"\": always", timeChange(&by.Start))
	f.Func("end", "`time` until which it is good; \"\": for ever", timeChange(&by.End))
	f.Func("roles", "`names` of all roles in the engine's own application, with commas in between; \"\": none", func(text string) error {
		roles := list(text)
		by.Roles = &roles
		return nil
	})
	f.Func("attributes", "one attribute, such as `City=Paris`; give the flag once for each, all others go; \"\": none", func(text string) error {
		if by.Attributes == nil {
			by.Attributes = &[]account.Attribute{}
		}
		if text == "" {
			return nil
		}
		return addAttribute(by.Attributes, text)
	})
	text("email", "another e-mail `address`, on record: neither proven nor a factor any more; \"\": none", &by.Email)
	text("mobile", "another mobile `number` in international form, likewise; \"\": none", &by.Mobile)
	yes("email-proven", "the owner has proven the e-mail address, which makes no factor of it; -email-proven=false takes the proof away, and with it the factor", &by.EmailProven)
	f.Func("mfa", "is changed by the directory file (sallyport apply)", func(string) error {
		return errors.New("it is changed by the directory file (sallyport apply)")
	})
	return task{
		arguments: func(terminal) (any, error) {
			known, err := checkID(*id)
			if err == nil && by == (directory.UserChange{}) {
				err = errors.New("name what is to change, such as -disabled; -h lists all")
			}
			return setArguments{known, by}, err
		},
		print: printing(printDone),
	}
}

// list reads names with commas in between; an empty text is an empty list.
func list(text string) []string {
	out := []string{}
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}

func addAttribute(to *[]account.Attribute, text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return errors.New("want NAME=VALUE")
	}
	*to = append(*to, account.Attribute{Name: name, Value: value})
	return nil
}

// boolValue reads the value of a flag that may stand alone.
func boolValue(set func(bool)) func(string) error {
	return func(text string) error {
		v, err := strconv.ParseBool(text)
		if err != nil {
			return errors.New("want true or false")
		}
		set(v)
		return nil
	}
}

// timeValue reads a time as the directory file writes it (RFC 3339).
func timeValue(to *time.Time) func(string) error {
	return func(text string) error {
		v, err := time.Parse(time.RFC3339, text)
		if err != nil || v.IsZero() {
			return fmt.Errorf("want a time such as 2030-01-31T00:00:00Z")
		}
		*to = v.UTC()
		return nil
	}
}

// timeChange is timeValue of a field that an empty text empties.
func timeChange(to **time.Time) func(string) error {
	return func(text string) error {
		*to = new(time.Time)
		if text == "" {
			return nil
		}
		return timeValue(*to)(text)
	}
}
