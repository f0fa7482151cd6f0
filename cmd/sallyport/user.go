package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport-auth/sallyport/directory"
)

// userCommand works on the accounts of a store.
func userCommand(ctx context.Context, args []string, t terminal) error {
	return runLine(ctx, "user", []adminLine{
		{"list", "list the accounts in the order of their ids", listLine},
		{"show", "print one account, by -id or -name", showLine},
		{"budgets", "print what is left of the budgets of one account, by -id or -name", budgetsLine},
		{"add", "make an account and print its id", addLine},
		{"set", "change fields of an account", setLine},
		{"password", "set a password, which ends the sessions", passwordLine},
		{"unlock", "end what locks an account", onOne},
		{"reset-mfa", "take all second factors from an account; its owner adds the next one by an invitation", inviteLine(false)},
		{"invite", "let the owner of an account add a first second factor, by a link that is good once", inviteLine(true)},
		{"remove-mfa", "take one second factor from an account, by its id in user show", removeLine},
		{"end-sessions", "end all sessions and pending logins of an account", onOne},
		{"delete", "delete an account; its name stays reserved", onOne},
	}, args, t)
}

func listLine(f *flags) task {
	after := f.String("after", "", "begin after the account of this `id`")
	return task{
		arguments: func(terminal) (any, error) {
			if *after == "" {
				return listArguments{}, nil
			}
			id, err := checkID(*after)
			if err != nil {
				return nil, fmt.Errorf("-after: %q is no id", *after)
			}
			return listArguments{id}, nil
		},
		print: printing(printListed),
	}
}

func showLine(f *flags) task { return task{arguments: oneNamed(f), print: printing(printUser)} }

func budgetsLine(f *flags) task { return task{arguments: oneNamed(f), print: printing(printBudget)} }

// oneNamed are the arguments of a command that looks at one account.
func oneNamed(f *flags) func(terminal) (any, error) {
	id := f.String("id", "", "`id` of the account")
	name := f.String("name", "", "`name` of the account, in any spelling")
	return func(terminal) (_ any, err error) {
		if (*id == "") == (*name == "") {
			return nil, errors.New("want -id or -name, one of the two")
		}
		args := showArguments{Name: *name}
		if *id != "" {
			args.ID, err = checkID(*id)
		}
		return args, err
	}
}

// onOne is a command that needs nothing but an account.
func onOne(f *flags) task {
	id := f.String("id", "", "`id` of the account; required")
	return task{
		arguments: func(terminal) (any, error) {
			known, err := checkID(*id)
			return byID{known}, err
		},
		print: printing(printDone),
	}
}

func removeLine(f *flags) task {
	var args removeArguments
	id := f.String("id", "", "`id` of the account; required")
	f.StringVar(&args.Factor, "factor", "", "`id` of the factor; required")
	return task{
		arguments: func(terminal) (_ any, err error) {
			if args.ID, err = checkID(*id); err == nil && args.Factor == "" {
				err = errors.New("-factor is required: user show lists the factors of an account")
			}
			return args, err
		},
		print: printing(printDone),
	}
}

func passwordLine(f *flags) task {
	var args passwordArguments
	id := f.String("id", "", "`id` of the account; required")
	path := f.String("password-file", "-", "`file` with the password, closed to others; - reads standard input")
	f.BoolVar(&args.Generate, "generate", false, "make a password that the policy takes, and print it")
	f.BoolVar(&args.Keep, "keep", false, "the password need not be changed at the next login, and is good for longer than seven days")
	return task{
		arguments: func(t terminal) (_ any, err error) {
			if args.ID, err = checkID(*id); err != nil {
				return nil, err
			}
			switch {
			case args.Generate && *path != "-":
				return nil, errors.New("-generate makes the password: leave -password-file out")
			case args.Generate && args.Keep:
				return nil, errors.New("-keep: a password that -generate prints has to be changed: give one by -password-file")
			case args.Generate:
				return args, nil
			}
			args.Password, err = readPassword(*path, t)
			return args, err
		},
		print: printing(printDone),
		lost: func() string {
			if !args.Generate {
				return ""
			}
			return ": the password is lost: make another by the same command"
		},
	}
}

func addLine(f *flags) task {
	var u directory.NewUser
	f.StringVar(&u.Name, "name", "", "`name` by which they log in; required")
	f.StringVar(&u.Email, "email", "", "e-mail `address`, on record: its owner proves it by enrolling it")
	f.BoolVar(&u.EmailProven, "email-proven", false, "the owner has proven the e-mail address, which makes no factor of it")
	f.StringVar(&u.Mobile, "mobile", "", "mobile `number` in international form, on record likewise")
	f.StringVar(&u.FirstName, "first-name", "", "first `name`")
	f.StringVar(&u.LastName, "last-name", "", "last `name`")
	f.StringVar(&u.Language, "language", "", "`tag` of the language in which they are written to, such as de or pt-BR (default: that of the server)")
	f.Func("roles", "`names` of roles, with commas in between", func(text string) error { u.Roles = list(text); return nil })
	f.Func("attributes", "one attribute, such as `City=Paris`; give the flag once for each", func(text string) error { return addAttribute(&u.Attributes, text) })
	f.BoolFunc("mfa", "ask for a second factor always; -mfa=false: unless a policy says Required (default: the policies decide)", boolValue(func(v bool) { u.MFA = &v }))
	f.BoolFunc("approved", "may log in (default true)", boolValue(func(v bool) { u.Unapproved = !v }))
	f.BoolVar(&u.Disabled, "disabled", false, "may not log in")
	f.BoolVar(&u.Passwordless, "passwordless", false, "no password: codes and links go to the address that the owner has proven")
	mustChange := f.Bool("must-change-password", true, "the password opens nothing but a change of password")
	f.Func("start", "`time` from which the account is good, such as 2030-01-31T00:00:00Z", timeValue(&u.Start))
	f.Func("end", "`time` until which it is good", timeValue(&u.End))
	path := f.String("password-file", "", "`file` with a password, closed to others; - reads standard input (default none: user password sets one later)")
	return task{
		arguments: func(t terminal) (_ any, err error) {
			if u.Name == "" {
				return nil, errors.New("-name is required")
			}
			if *path == "" {
				return addArguments{u}, nil
			}
			u.MustChangePassword = *mustChange
			u.Password, err = readPassword(*path, t)
			return addArguments{u}, err
		},
		print: printing(printDone),
	}
}
