package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// shown is a text as a terminal may print it: one with what cannot be seen in it, or
// with half of it hidden, is quoted.
func shown(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}

// printListed prints an account on one line. The columns have fixed places, so that
// a long list is printed as it comes.
func printListed(to io.Writer, u userLine) error {
	line := fmt.Sprintf("%s  %-24s  %-20s  %s", u.ID, shown(u.Name), strings.Join(u.states(), ","), shown(u.Email))
	_, err := fmt.Fprintln(to, strings.TrimRight(line, " "))
	return err
}

// states are the words for what keeps an account from logging in; "active" where
// nothing does.
func (u *userLine) states() (words []string) {
	for _, one := range []struct {
		word string
		is   bool
	}{
		{"unapproved", !u.Approved}, {"disabled", u.Disabled}, {"locked", u.Locked},
		{"must-change", u.MustChangePassword}, {"no-password", !u.HasPassword && !u.Passwordless},
	} {
		if one.is {
			words = append(words, one.word)
		}
	}
	if words == nil {
		words = []string{"active"}
	}
	return words
}

// printUser prints an account, a field a line; fields that are empty are left out.
func printUser(to io.Writer, u userLine) error {
	for _, row := range u.rows() {
		if row[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(to, "%-14s %s\n", row[0], row[1]); err != nil {
			return err
		}
	}
	return nil
}

// rows are the fields of an account with their names for people.
func (u *userLine) rows() [][2]string {
	rows := [][2]string{
		{"id", u.ID}, {"name", shown(u.Name)},
		{"first name", shown(u.FirstName)}, {"last name", shown(u.LastName)}, {"language", shown(u.Language)},
		{"state", strings.Join(u.states(), ", ")},
		{"locked until", timeText(u.LockedUntil)},
		{"password until", timeText(u.PasswordEnds)},
		{"deleted at", timeText(u.Falls)}, // unless it is approved before
		{"start", timeText(u.Start)}, {"end", timeText(u.End)},
		{"e-mail", addressText(u.Email, u.EmailFactor, u.EmailProven)}, {"mobile", addressText(u.Mobile, u.MobileFactor, false)},
		{"roles", shown(strings.Join(u.Roles, ", "))},
	}
	if u.Passwordless {
		rows = append(rows, [2]string{"passwordless", "yes"})
	}
	for _, x := range u.Factors {
		rows = append(rows, [2]string{"factor", x.text()})
	}
	if u.RecoveryCodes > 0 {
		rows = append(rows, [2]string{"recovery codes", strconv.Itoa(u.RecoveryCodes)})
	}
	if u.MFA != nil {
		rows = append(rows, [2]string{"mfa", strconv.FormatBool(*u.MFA)})
	}
	for _, name := range slices.Sorted(maps.Keys(u.Attributes)) {
		rows = append(rows, [2]string{"attribute", shown(name) + "=" + shown(u.Attributes[name])})
	}
	return rows
}

// text is a factor for people: what it is, since when, last used when, and by which id it
// is removed.
func (x *factorLine) text() string {
	s := x.Kind + " " + cmp.Or(x.Address, shown(x.Name)) + ", added " + x.Added.Format(time.DateOnly)
	if !x.LastUse.IsZero() {
		s += ", used " + x.LastUse.Format(time.DateOnly)
	}
	return s + " (" + x.ID + ")"
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

// addressText is an address with what its owner has shown by it.
func addressText(address string, factor, proven bool) string {
	switch {
	case factor:
		return shown(address) + " (second factor)"
	case proven:
		return shown(address) + " (proven)"
	}
	return shown(address)
}
