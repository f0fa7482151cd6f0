package sallyport

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
)

const (
	// importFlight is how many rows of an import are under way at once, so that a
	// store which makes commits durable together does so for many.
	importFlight = 64

	// importCounted is after how many rows their hashes are counted in the mix.
	importCounted = 1000

	// importRetry is how long a row waits that found no turn to have its password
	// hashed.
	importRetry = 100 * time.Millisecond
)

// Import makes an account of each row, or brings the account of a row that was imported
// before up to date: a field is written where the row differs from what the import last
// said of it, so what was changed since is kept. It yields what became of each row, in
// their order; an error that comes with a row is why it could not be read, and refuses
// that row alone. Each row is one commit with its event; up to 64 are under way at once
// and no more are held in memory. Nobody is sent anything.
//
// A row finds its account by its id, else by its external id, else, where it has
// neither, by its name in the very spelling of an earlier import. A row with a name that
// is taken, reserved or refused, or that the file has twice, is refused and never
// altered. An import that was cut off is run again: what has landed is kept. In the name
// of a person a row is refused ([ErrOwnAccount]) that would do to their own account what
// they may not.
//
// Password hashes are taken as they are and not verified; weak ones are wrapped by
// [Engine.Maintain], or by [Admin.WrapHashes] at once. Passwords in clear are hashed one
// after the other, which takes about 25 ms each, and are not held to the policy, which
// is for people who choose one.
//
// A result with an Err is the last one, such as [ErrHostAccounts] where no row is read. The sequence may be gone through once, by one
// goroutine; where that stops early, the rows under way end first.
func (a *Admin) Import(ctx context.Context, rows iter.Seq2[directory.ImportRow, error], o directory.ImportOptions) iter.Seq[directory.ImportResult] {
	return func(yield func(directory.ImportResult) bool) {
		if a.e.hosts != nil {
			yield(directory.ImportResult{Err: ErrHostAccounts})
			return
		}
		if _, err := a.Roles(ctx); err != nil { // a sound actor, and the application of its roles
			yield(directory.ImportResult{Err: err})
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		j := &importJob{Admin: a, o: o, mix: newImportMix(a.e), yield: yield}
		defer j.wait(ctx)
		for row, err := range rows {
			if !j.start(ctx, row, err) {
				return
			}
		}
		for len(j.flight) > 0 {
			if !j.land(ctx) {
				return
			}
		}
		if err := j.mix.flush(ctx); err != nil {
			yield(directory.ImportResult{Err: err})
		}
	}
}

// importJob is one import. Its rows under way belong to it.
type importJob struct {
	*Admin
	o      directory.ImportOptions
	twice  directory.ImportTwice
	mix    *importMix
	yield  func(directory.ImportResult) bool
	flight []chan directory.ImportResult // of the rows under way, in their order
	landed int
}

// start has a row begin, once there is room, and reports whether the import goes on.
func (j *importJob) start(ctx context.Context, row directory.ImportRow, err error) bool {
	if len(j.flight) == importFlight && !j.land(ctx) {
		return false
	}
	result := make(chan directory.ImportResult, 1)
	j.flight = append(j.flight, result)
	if same := j.twice.Check(&row); err == nil && same != "" {
		err = errors.New(same)
	}
	if err != nil {
		result <- row.Refused(err)
		return true
	}
	go func() {
		done := row.Refused(nil)
		done.Err = errPanicked
		defer func() { result <- done }()
		_ = j.e.guarded(func() error { done = j.row(ctx, &row); return nil }) // errPanicked stands then
	}()
	return true
}

// land waits for the oldest row under way, tells of it, and reports whether the import
// goes on.
func (j *importJob) land(ctx context.Context) bool {
	r := <-j.flight[0]
	j.flight = j.flight[1:]
	if !j.yield(r) || r.Err != nil {
		return false
	}
	if j.landed++; j.landed%importCounted != 0 {
		return true
	}
	err := j.mix.flush(ctx)
	if err != nil {
		j.yield(directory.ImportResult{Err: err})
	}
	return err == nil
}

// wait lets the rows under way end, and counts what has landed.
func (j *importJob) wait(ctx context.Context) {
	for _, result := range j.flight {
		<-result
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), callLimit)
	defer cancel()
	if err := j.mix.flush(limited); err != nil {
		j.e.logger.Warn("the hashes of an import were not counted", "error", err)
	}
}

// row imports one row.
func (j *importJob) row(ctx context.Context, row *directory.ImportRow) directory.ImportResult {
	im, err := directory.NewRowImporter(row, directory.RowImporterConfig{
		Index: j.e.index, Params: j.e.cfg.PasswordParams, Application: *j.e.application.Load(), Own: normalID(j.actor.own()),
	})
	if err != nil {
		return row.Refused(err)
	}
	for {
		err := j.attempt(ctx, im)
		if errors.Is(err, directory.ErrHashesWanted) {
			if err = j.hash(ctx, im); err == nil {
				continue
			}
		}
		switch {
		case err == nil, errors.Is(err, directory.ErrRowRefused):
			return j.result(im)
		case errors.Is(err, store.ErrTooLarge):
			return row.Refused(errors.New("the account takes more room than a record may have (64 KiB)"))
		}
		out := row.Refused(err)
		out.Err = err
		return out
	}
}

// errDryRun ends a transaction that is to write nothing.
var errDryRun = errors.New("a dry run")

// attempt is the transaction of a row.
func (j *importJob) attempt(ctx context.Context, im *directory.RowImporter) error {
	if j.o.DryRun {
		err := j.e.read(ctx, func(c *call) error {
			if err := im.Apply(c.tx); err != nil {
				return err
			}
			return errDryRun
		})
		if errors.Is(err, errDryRun) {
			return nil
		}
		return err
	}
	_, err := j.e.run(ctx, host, func(c *call) error {
		if err := im.Apply(c.tx); err != nil || !im.HasWritten() {
			return err
		}
		if err := j.mix.announce(ctx, im); err != nil {
			return err
		}
		r := im.Result()
		return c.log(j.actor.sign(Event{Kind: importEvent(r.Action), Account: r.ID, Detail: "import"}))
	})
	return err
}

func importEvent(action string) EventKind {
	if action == directory.ActionCreated {
		return EventUserCreated
	}
	return EventUserChanged
}

// hash hashes the password of a row, in turn with those that log in, one row at a time.
func (j *importJob) hash(ctx context.Context, im *directory.RowImporter) (err error) {
	for {
		var fault error
		err = j.e.gate.Do(ctx, password.Place{Name: "\x00import", Client: hostParty}, func(bool) { fault = im.Hash(ctx) })
		if !errors.Is(err, password.ErrOverloaded) {
			return errors.Join(err, fault)
		}
		pause := time.NewTimer(importRetry)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return ctx.Err()
		}
	}
}

// result tells what became of a row whose transaction has ended well. The id of an
// account that would be made is nobody's.
func (j *importJob) result(im *directory.RowImporter) directory.ImportResult {
	r := im.Result()
	switch {
	case !j.o.DryRun:
		j.mix.count(im)
	case r.Action == directory.ActionCreated:
		r.ID = ""
	}
	return r
}
