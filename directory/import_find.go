package directory

import (
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
)

// find returns the account of the row on its way, having judged all that can refuse it.
func (r *RowImporter) find() (*userPlan, error) {
	a, w := &r.a, &r.want
	p := &userPlan{wantedUser: w}
	nameID := account.NameID(a.index, w.key)
	entry, taken, err := r.holder(p, nameID)
	if err != nil || a.IsFaulty() {
		return nil, err
	}
	p.home = account.Home(a.index, p.id)
	if err := r.read(p); err != nil {
		return nil, err
	}
	if p.named && !r.isSame(p) {
		p.exists = false // another's: the name is taken, as is told below
	}
	r.judgeOwner(p)
	writeField(p, "name", p.name, &p.said.Name, &p.acc.Name)
	if err := r.judgeName(p, entry, taken); err != nil {
		return nil, err
	}
	if p.roles, err = r.grants(); err != nil {
		return nil, err
	}
	for i, code := range r.row.RecoveryCodes {
		kept, err := mfa.ImportRecovery(a.index, p.id, code)
		if err != nil {
			a.faults.add(element("recoveryCodes", i), "%w", err)
		}
		p.recovery = append(p.recovery, kept)
	}
	return p, nil
}

// holder reads the name and the external id of the row, and finds by them the id of its
// account.
func (r *RowImporter) holder(p *userPlan, nameID string) (entry account.NameEntry, taken bool, err error) {
	a, w := &r.a, &r.want
	keys := []string{account.Names.Key(nameID)}
	if r.row.ExternalID != "" {
		keys = append(keys, externals.Key(externalKey(a.index, r.row.ExternalID)))
	}
	var peek []string
	if slices.ContainsFunc(r.row.Roles, func(g Grant) bool { return g.Application != "" }) {
		peek = append(peek, catalogs.Key(theCatalog))
	}
	if w.email != "" && or(w.EmailValidated, false) {
		peek = append(peek, account.EmailKeys(a.index, w.email)...)
	}
	if err := a.tx.FetchAndPeek(keys, peek); err != nil {
		return entry, false, err
	}
	if entry, taken, err = account.Names.Get(a.tx, nameID); err != nil {
		return entry, false, err
	}
	var by external
	known := false
	if r.row.ExternalID != "" {
		if by, known, err = externals.Get(a.tx, externalKey(a.index, r.row.ExternalID)); err != nil {
			return entry, false, err
		}
	}
	switch {
	case known && w.id != "" && by.Account != w.id:
		a.faults.add("externalId", "belongs to the account %s, and not to that of the id", by.Account)
	case known:
		p.id = by.Account
	case w.id != "":
		p.id = w.id
	case taken && !entry.Deleted:
		p.id, p.named = entry.Account, true
	default:
		p.id = r.id
	}
	return entry, taken, nil
}

// read reads what is stored of the account of the row.
func (r *RowImporter) read(p *userPlan) (err error) {
	tx := r.a.tx
	err = tx.Peek(account.Accounts.Key(p.id), applieds.Key(p.id), account.Ageings.Key(p.home), mfa.FactorsTable.Key(p.home))
	if err != nil {
		return err
	}
	if p.was, p.exists, err = account.Accounts.Get(tx, p.id); err != nil {
		return err
	}
	if p.before, _, err = applieds.Get(tx, p.id); err != nil {
		return err
	}
	if !p.exists {
		p.before = applied{} // what was said was of an account that is gone
	}
	p.acc, p.said = p.was, p.before
	p.acc.ID = p.id
	p.said.Imported = p.said.Imported || !p.exists
	if r.row.ExternalID != "" {
		p.said.ExternalID = r.row.ExternalID
	}
	return nil
}

// isSame reports whether an account that was found by its name alone is the row's: an
// import has made it of a row without an external id, and with the name in this very
// spelling.
func (r *RowImporter) isSame(p *userPlan) bool {
	b := &p.before
	return p.exists && b.Imported && b.ExternalID == "" && r.row.ExternalID == "" && b.Name == p.name
}

// judgeOwner refuses a row that is of another account than the one it names.
func (r *RowImporter) judgeOwner(p *userPlan) {
	ext := p.before.ExternalID
	switch {
	case p.named:
	case !p.exists && p.id != r.id && r.want.id == "":
		r.a.faults.add("externalId", "its account was deleted")
	case p.exists && ext != "" && ext != r.row.ExternalID:
		r.a.faults.add("id", "belongs to the account of externalId %q", ext)
	}
}

// judgeName refuses a name that the account cannot have.
func (r *RowImporter) judgeName(p *userPlan, entry account.NameEntry, taken bool) error {
	own := entry.Account == p.id && p.exists
	if !taken || own || p.exists && typed.Name(p.was.Name) == typed.Name(p.acc.Name) {
		return nil
	}
	other, _, err := account.Accounts.Get(r.a.tx, entry.Account)
	if err != nil {
		return err
	}
	if other.Name != p.name && typed.Name(other.Name) == p.key {
		r.a.faults.add("name", "the name is another account's: %q and %q are one name", p.name, other.Name)
		return nil
	}
	r.a.faults.add("name", "the name is another account's, or was one's and stays reserved")
	return nil
}
