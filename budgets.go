package sallyport

import (
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/budget"
	"github.com/sallyport-auth/sallyport/internal/openlist"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// BudgetRule says how many of something the engine allows.
type BudgetRule struct {
	Name    string        // by which programs know the rule; it stays
	What    string        // what is counted, for people to read
	By      string        // whose it is: what has a count of its own
	Size    int           // how many there are; 0: a setting says, see Source
	Period  time.Duration // in which they come back; 0: they do not
	Refills string        // how they come back
	// Half says that no single network address may use more than half, nor may all
	// together who have not shown that what it is counted by is theirs.
	Half   bool
	UsedUp string // what happens when there is none left
	Source string // where the number comes from
}

// Budgets returns every limit by which the engine counts what is sent, guessed or begun,
// with the number that it goes by. The list is the caller's own. Where each stands for an
// account or an address now says [Admin.Budgets]; a host counts things of its own by
// [Engine.Charge].
func Budgets() []BudgetRule {
	var list []BudgetRule
	own := []budget.Rule{starts, startsWide, openSignUps, openUnproven, keyMails, addressMails, resetsOfAll, clientMisses, keyMisses, keyPictures}
	for _, r := range slices.Concat([]budget.Rule{smsOfAll, smsOfUnproven}, mfa.Budgets(), account.Budgets(), token.Budgets(), own) {
		list = append(list, publicRule(r))
	}
	return list
}

func publicRule(r budget.Rule) BudgetRule {
	return BudgetRule{
		Name: r.Name, What: r.What, By: r.By, Size: r.Size, Period: r.Period, Refills: string(r.Refills), Half: r.Half,
		UsedUp: r.UsedUp, Source: r.Source,
	}
}

// What this package counts itself, each with its number.
var (
	starts = budget.Rule{
		Name: "starts", What: "calls that begin a sign-up, and apart from them those that ask for a new password", By: "an IPv4 address or IPv6 /64", Size: 10, Period: time.Hour, Refills: budget.Evenly,
		UsedUp: "a sign-up is refused as busy; for a new password nothing is mailed, and the answer is the same", Source: "ours",
	}
	startsWide = budget.Rule{
		Name: "starts-wide", What: "the same calls", By: "an IPv6 /48", Size: 30, Period: time.Hour, Refills: budget.Evenly,
		UsedUp: "the same", Source: "ours",
	}
	openSignUps = budget.Rule{
		Name: "open-sign-ups", What: "sign-ups that wait for the proof of their address", By: "the store", Size: openlist.Max, Period: directory.RegistrationLife(), Refills: budget.EachAfter,
		UsedUp: "another ends for the new one: one of the network addresses that hold most", Source: "ours",
	}
	openUnproven = budget.Rule{
		Name: "open-unproven", What: "logins without a password that wait for their code or link", By: "the store", Size: openlist.Max, Period: mfa.Life, Refills: budget.EachAfter,
		UsedUp: "another ends for the new one: one of the network addresses that hold most", Source: "ours",
	}
	keyMails = budget.Rule{
		Name: "proof-mails", What: "mails that ask for the proof of an address, at sign-up or by a change of address", By: "a mailbox, in whatever spelling", Size: 3, Period: 24 * time.Hour, Refills: budget.Evenly,
		UsedUp: "nothing is mailed, and the answer is the same", Source: "ours",
	}
	addressMails = budget.Rule{
		Name: "account-proof-mails", What: "mails that ask for the proof of another address", By: "an account", Size: 10, Period: time.Hour, Refills: budget.Evenly,
		UsedUp: "nothing is mailed, and the answer is the same", Source: "ours",
	}
	resetsOfAll = budget.Rule{
		Name: "resets", What: "keys that set a new password", By: "a process", Size: 10_000, Period: account.KeyReset.Life(), Refills: budget.ByClock,
		UsedUp: "the call is refused as busy", Source: "ours: as many live at once at most",
	}
	keyMisses = budget.Rule{
		Name: "key-failures", What: "wrong API keys", By: "a process and an IPv4 address or IPv6 /64", Size: 20, Period: time.Minute, Refills: budget.ByClock,
		UsedUp: "calls from there are refused as busy, with a good key too", Source: "ours",
	}
	clientMisses = budget.Rule{
		Name: "client-secrets", What: "wrong client secrets", By: "a process, a client and an IPv4 address or IPv6 /64", Size: 20, Period: time.Minute, Refills: budget.ByClock,
		UsedUp: "the client's calls from there are refused as busy, with a right secret too", Source: "ours",
	}
	keyPictures = budget.Rule{
		Name: "key-pictures", What: "pictures of the key of an authenticator", By: "a process and a pending login", Size: 20, Refills: budget.Never,
		UsedUp: "there is no picture any more", Source: "ours",
	}
)
