package main

import (
	"fmt"
	"os"
	"os/user"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/internal/adminsock"
)

// trail is who is at work and why, for the audit trail.
type trail struct {
	actor  optional
	reason string
}

// trailFlags adds the flags of the trail.
func trailFlags(f *flags) *trail {
	by := new(trail)
	f.Var(&by.actor, "actor", "`name` of who is at work, for the audit trail (default the login name)")
	f.StringVar(&by.reason, "reason", "", "why, for the audit trail: a `text` of 200 characters at most")
	return by
}

// maxTrail is how many characters the engine takes as an actor and as a reason.
const maxTrail = 200

// request is a command in the name of who is at work.
func (by *trail) request(command string, arguments any) (r adminsock.Request, err error) {
	r = adminsock.Request{Command: command, Actor: by.actor.or(loginName()), Reason: by.reason}
	if r.Actor == "" {
		return r, fmt.Errorf("-actor: the trail wants a name: give one")
	}
	for _, one := range []struct{ flag, text string }{{"-actor", r.Actor}, {"-reason", r.Reason}} {
		if !utf8.ValidString(one.text) || utf8.RuneCountInString(one.text) > maxTrail || strings.ContainsFunc(one.text, unicode.IsControl) {
			return r, fmt.Errorf("%s: longer than %d characters, or with a control character in it: say it shorter, on one line", one.flag, maxTrail)
		}
	}
	r.Arguments, err = encode(arguments)
	return r, err
}

// loginName is what the operating system calls the user of this process, or its
// number where that has no name.
func loginName() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return fmt.Sprint("uid ", os.Getuid())
}
