package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// inspect prints records so that a person can read them, and no secret.
func inspect(ctx context.Context, args []string, t terminal) error {
	f := newFlags("inspect")
	in := storeFlags(f)
	var only selection
	f.StringVar(&only.prefix, "key", "", "print only records whose key begins like `this`, such as account/")
	f.StringVar(&only.account, "account", "", "print only what is kept of the account of this `id`")
	f.StringVar(&only.table, "table", "", "print only records of the table of this `name`, such as session")
	asJSON := f.Bool("json", false, "print one JSON object for each record")
	if err := in.parse(f, args, t); err != nil {
		return err
	}
	if only.account != "" { // what matches nothing would look like an account of which nothing is kept
		id, ok := rnd.ParseUUID(only.account)
		if !ok {
			return fmt.Errorf("-account: %.64q is no id; \"inspect -table account\" lists the ids with the names", only.account)
		}
		only.account = rnd.FormatUUID(id)
	}
	s, err := openExisting(ctx, *in)
	if err != nil {
		return err
	}
	defer s.Close()
	if only.account != "" {
		if only.home, err = sallyport.HomeOf(ctx, s, "", only.account); err != nil {
			return runtimeError{fmt.Errorf("reading the index key: %w", err)}
		}
	}
	return printRecords(ctx, t.out, s, only, *asJSON)
}

// openExisting opens and unseals a store that is there: looking at one must not
// make it.
func openExisting(ctx context.Context, in stored) (store.Store, error) {
	scheme, path, _ := strings.Cut(in.url, ":")
	if scheme != "bolt" && !isPostgres(scheme) {
		return nil, errors.New("-store: want bolt:PATH or postgres://…")
	}
	if scheme == "bolt" {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("-store: %w", absent(path, err))
		}
		if in.keyFile == "" {
			in.keyFile = path + ".keys"
		}
	}
	if in.keyFile != "" {
		if _, err := readKeys(in.keyFile); err != nil {
			return nil, withoutKeys(path, in, err)
		}
	}
	s, err := openStorage(ctx, in.url, in.keyFile, in.log)
	if err != nil {
		return nil, err
	}
	unsealed, err := sealed.New(s.Store, s.keys)
	if err == nil {
		// One record tells whether the keys are those of the store.
		if _, err = unsealed.Load(ctx, "keys/index"); errors.Is(err, sealed.ErrUnknownKey) {
			err = wrongKeys(s.keyFile, sallyport.ErrWrongKeys)
		} else {
			err = nil // what is damaged is told record by record
		}
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return unsealed, nil
}

// withoutKeys says why a store cannot be looked at whose key file cannot be read,
// which may be that it is no store.
func withoutKeys(path string, in stored, err error) error {
	if strings.HasPrefix(in.url, "bolt:") {
		s, openErr := boltstore.Open(path, boltstore.Options{Logger: in.log})
		if openErr != nil {
			return fmt.Errorf("-store: %w", cured(path, openErr))
		}
		defer s.Close()
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: the store is there, so name the key file that was made with it", err)
	}
	return fmt.Errorf("-key-file: %w", err)
}

// selection is which records are printed; empty fields choose all.
type selection struct {
	prefix, table string
	account, home string // an id, and where its records lie
}

// has reports whether a record is one of the selection. That of an account are those
// whose keys name it or lie at its home, and those that say that they are of it.
func (s *selection) has(key string, fields []store.Field) bool {
	if s.table != "" && store.TableOf(key) != s.table {
		return false
	}
	return s.account == "" || strings.HasSuffix(key, "/"+s.account) || strings.HasPrefix(key, "of/"+s.home+"/") ||
		slices.Contains(fields, store.Field{Name: "account", Value: s.account})
}

// inspected is one record as -json prints it.
type inspected struct {
	Key    string            `json:"key"`
	Fields map[string]string `json:"fields,omitempty"`
	Error  string            `json:"error,omitempty"`
}

// printRecords prints the records that are selected. One that cannot be read is
// printed as its key and the reason, and is an error at the end.
func printRecords(ctx context.Context, to io.Writer, s store.Store, only selection, asJSON bool) error {
	tables := map[string][]store.Describer{}
	for _, d := range sallyport.Records() {
		tables[d.Name()] = append(tables[d.Name()], d)
	}
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	unread := 0
	for rec, err := range s.Scan(ctx, only.prefix, "") {
		if rec.Key == "" {
			return runtimeError{fmt.Errorf("reading the store: %w", err)}
		}
		var fields []store.Field
		if err == nil {
			fields, err = describe(tables, rec)
		}
		if !only.has(rec.Key, fields) {
			continue
		}
		if err != nil {
			unread++
		}
		if err := printRecord(to, encoder, asJSON, rec.Key, described{fields, err}); err != nil {
			return runtimeError{fmt.Errorf("printing: %w", err)}
		}
	}
	if unread > 0 {
		return runtimeError{fmt.Errorf("%d records could not be read", unread)}
	}
	return nil
}

// described is what a record says, or why it says nothing.
type described struct {
	fields []store.Field
	err    error
}

var errNoTable = errors.New("no table of the engine has this name")

// describe asks the tables of the name that the key says; two may share one.
func describe(tables map[string][]store.Describer, rec store.Record) (fields []store.Field, err error) {
	err = errNoTable
	for _, d := range tables[store.TableOf(rec.Key)] {
		if fields, err = d.Describe(rec); err == nil {
			return fields, nil
		}
	}
	return nil, err
}

func printRecord(to io.Writer, encoder *json.Encoder, asJSON bool, key string, d described) error {
	if asJSON {
		out := inspected{Key: key}
		if d.err != nil {
			out.Error = d.err.Error()
		}
		for _, f := range d.fields {
			if out.Fields == nil {
				out.Fields = map[string]string{}
			}
			out.Fields[f.Name] = f.Value
		}
		return encoder.Encode(out)
	}
	var b strings.Builder
	fmt.Fprintln(&b, key)
	if d.err != nil {
		fmt.Fprintf(&b, "    cannot be read: %s\n", oneLine(d.err))
	}
	for _, f := range d.fields {
		fmt.Fprintf(&b, "    %s = %s\n", f.Name, f.Value)
	}
	_, err := io.WriteString(to, b.String())
	return err
}
