package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/adminsock"
)

// inviteArguments say whom an invitation is for, and how it goes out.
type inviteArguments struct {
	ID          string `json:"id"`
	Application string `json:"application"` // by whose policy its page goes; "": the engine's own
	By          string `json:"by"`          // a key of inviteWays
}

// inviteWays are the ways in which an invitation goes out, as flags name them.
var inviteWays = map[string]sallyport.InviteBy{
	"": sallyport.NoInvitation, "print": sallyport.InviteReturned, "mail": sallyport.InviteMailed, "both": sallyport.InviteBoth,
}

// invitedLine is an invitation as -json prints it.
type invitedLine struct {
	Action string    `json:"action"`
	ID     string    `json:"id"`
	Key    string    `json:"key,omitempty"`
	URL    string    `json:"url,omitempty"`    // without a server, which knows its issuer: what stands behind that
	Mailed string    `json:"mailed,omitempty"` // to that address
	Ends   time.Time `json:"ends,omitzero"`
}

// inviteLine is a command that makes an invitation, or that may make one beside what it
// does.
func inviteLine(always bool) func(f *flags) task {
	return func(f *flags) task {
		var args inviteArguments
		id := f.String("id", "", "`id` of the account; required")
		if always {
			f.StringVar(&args.By, "by", "print", "print the link, mail it to the proven address of the account, or both: `print`, mail or both")
		} else {
			f.StringVar(&args.By, "invite", "", "make an invitation as well: `print` the link, mail it to the proven address of the account, or both (default none: user invite makes one later)")
		}
		f.StringVar(&args.Application, "application", "", "`id` of the application by whose policy a factor is added (default the engine's own)")
		return task{
			arguments: func(terminal) (_ any, err error) {
				if _, ok := inviteWays[args.By]; !ok || always && args.By == "" {
					return nil, fmt.Errorf("-%s: want print, mail or both", map[bool]string{true: "by", false: "invite"}[always])
				}
				if args.Application != "" {
					if args.Application, err = checkID(args.Application); err != nil {
						return nil, errors.New("-application: want the id of an application")
					}
				}
				args.ID, err = checkID(*id)
				return args, err
			},
			print: printing(printInvited),
		}
	}
}

// printInvited prints the link alone, so that it can be piped on, where there is one.
func printInvited(to io.Writer, v invitedLine) (err error) {
	switch {
	case v.URL != "":
		_, err = fmt.Fprintln(to, v.URL)
	case v.Mailed != "":
		_, err = fmt.Fprintln(to, v.Action, v.ID, "and mailed to", shown(v.Mailed))
	default:
		_, err = fmt.Fprintln(to, v.Action, v.ID)
	}
	return err
}

// inviting makes a verb of a function of the administration that makes an invitation.
func inviting(action string, fn func(*sallyport.Admin, context.Context, string, sallyport.InviteBy) (*sallyport.Invitation, error)) verb {
	return func(ctx context.Context, e *sallyport.Engine, r adminsock.Request, emit emitter) error {
		var args inviteArguments
		if err := readArguments(r.Arguments, &args); err != nil {
			return err
		}
		by, served := inviteWays[args.By], e.Issuer() != applyIssuer
		if !served && (by == sallyport.InviteMailed || by == sallyport.InviteBoth) {
			return errors.New("nothing can be mailed without a running server that is asked by -admin-socket: want print")
		}
		i, err := fn(e.Admin(actorOf(&r)).In(args.Application), ctx, args.ID, by)
		if err != nil {
			return refusal(err)
		}
		line := invitedLine{Action: action, ID: args.ID}
		if i != nil {
			line.Key, line.URL, line.Mailed, line.Ends = i.Key, i.URL, i.MailedTo, i.Ends
		}
		if !served {
			line.URL = strings.TrimPrefix(line.URL, applyIssuer)
		}
		return emit(line)
	}
}
