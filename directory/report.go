package directory

// Options say what the engine's Apply may do beyond adding and changing. The
// zero Options is the careful one.
type Options struct {
	// Prune deletes what is stored and stands in no list of the directory. Of
	// a list that was left out (nil) nothing is deleted; clients go with their
	// application.
	Prune bool
	// ReuseNames lets a new account have the name of a deleted one. Otherwise
	// that stays reserved, since other systems may still know the deleted
	// account by it.
	ReuseNames bool
}

// Report lists what the engine's Apply did. It belongs to the caller.
type Report struct {
	Entries  []Entry  // in the order of the directory, deletions last
	Warnings []string // each begins with the path it speaks of
}

// Entry is what became of one entry.
type Entry struct {
	Kind string // "policy", "application", "permission", "role", "client", "resource" or "user"
	// Name is the name of a user, application or resource; permissions, roles and
	// clients are "application/path", "application/role" and
	// "application_platform".
	Name   string
	ID     string // empty for the policy and resources
	Action string // "created", "changed", "kept" or "deleted"
	// Kept are the fields of the directory that differ from what is stored and
	// were not written, under their JSON names: they were changed since they
	// were last applied, or need a higher credentialsVersion. A password in clear
	// is listed when it is another than is stored, or when the stored one is
	// another than was last applied. "deleted" stands for all of an entry that a
	// program has deleted, and "disabled" for a client that was switched off.
	Kept []string
}

// The values of [Entry].Action.
const (
	actionCreated = "created"
	actionChanged = "changed"
	actionKept    = "kept"
	actionDeleted = "deleted"
)
