package activedirectory_test

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"

	"github.com/sallyport-auth/sallyport/activedirectory"
)

const (
	base       = "DC=corp,DC=example,DC=com"
	people     = "OU=People," + base
	reader     = "sallyport@corp.example.com"
	readerWord = "the reader's own word"
	subCode    = "80090308: LdapErr: DSID-0C090449, comment: AcceptSecurityContext error, data %s, v4563"
)

// errEnd makes a server end a connection.
var errEnd = errors.New("the end")

// noon is the moment at which these tests happen.
var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// entry is an object of the domain.
type entry struct {
	dn       string
	attrs    map[string][]string
	password string
	code     string // a sub-code that stands in the way of a right password
}

// domain answers as a controller of Active Directory does. Tests change its entries before
// they ask, or put a hook before it that answers otherwise.
type domain struct {
	*server
	ad      bool
	hook    func(*wire, request) (done bool, err error)
	mu      sync.Mutex
	entries []*entry
	asked   []string // each request, in words, without passwords
}

// guid is an objectGUID as it is kept; text is how it is written.
func guid(n byte) (raw, text string) {
	b := []byte{n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	return string(b), fmt.Sprintf("030201%02x-0504-0706-0809-0a0b0c0d0e0f", n)
}

// sid is the objectSid S-1-5-21-1-2-n as it is kept.
func sid(n uint32) string {
	b := []byte{1, 4, 0, 0, 0, 0, 0, 5}
	for _, sub := range []uint32{21, 1, 2, n} {
		b = binary.LittleEndian.AppendUint32(b, sub)
	}
	return string(b)
}

func ticks(t time.Time) string { return fmt.Sprint(t.UnixNano()/100 + 116444736000000000) }

// newDomain starts a domain with LDAPS, a lockoutThreshold of 5 within 30 minutes, bob,
// who is in group 1601, and the reader.
func newDomain(t testing.TB) *domain {
	d := &domain{ad: true}
	raw, _ := guid(1)
	d.entries = []*entry{
		{dn: "", attrs: map[string][]string{
			"supportedCapabilities": {"1.2.840.113556.1.4.1851", "1.2.840.113556.1.4.800"}, "defaultNamingContext": {base},
		}},
		{dn: base, attrs: map[string][]string{"lockoutThreshold": {"5"}, "lockOutObservationWindow": {"-18000000000"}}},
		{dn: "CN=Bob," + people, password: "bob's word", attrs: map[string][]string{
			"objectGUID": {raw}, "sAMAccountName": {"bob"}, "userPrincipalName": {"robert@example.org"}, "sAMAccountType": {"805306368"},
			"givenName": {"Robert"}, "sn": {"Tables"}, "mail": {"bob@example.com"}, "mobile": {"+4915112345678"}, "department": {"Sales"},
			"userAccountControl": {"512"}, "accountExpires": {"9223372036854775807"}, "pwdLastSet": {ticks(noon.Add(-time.Hour))},
			"badPwdCount": {"0"}, "badPasswordTime": {"0"}, "tokenGroups": {sid(513), sid(1601)},
		}},
		{dn: "CN=Reader," + base, password: readerWord, attrs: map[string][]string{"userPrincipalName": {reader}}},
	}
	d.server = startServer(t, true, d.serve)
	return d
}

func (d *domain) bob() *entry { return d.entries[2] }

// serve answers one request.
func (d *domain) serve(w *wire, r request) error {
	d.mu.Lock()
	d.asked = append(d.asked, inWords(r))
	d.mu.Unlock()
	if d.hook != nil {
		if done, err := d.hook(w, r); done || err != nil {
			return err
		}
	}
	switch r.op {
	case opBind:
		return d.bind(w, r)
	case opSearch:
		return d.search(w, r)
	case opExtended:
		return w.startTLS(r)
	}
	return errEnd
}

// inWords is a request as tests compare it. Random GUIDs are all alike.
func inWords(r request) string {
	switch r.op {
	case opBind:
		name := r.body.Children[1].Value.(string)
		if strings.HasPrefix(name, "<GUID=") && !strings.HasSuffix(name, "-0504-0706-0809-0a0b0c0d0e0f>") {
			name = "<GUID=random>"
		}
		return "bind " + name
	case opSearch:
		return "search " + r.body.Children[0].Value.(string)
	}
	return fmt.Sprint("operation ", r.op)
}

// take returns what was asked since the last time.
func (d *domain) take() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer func() { d.asked = nil }()
	return slices.Clone(d.asked)
}

func (d *domain) bind(w *wire, r request) error {
	dn, password := r.body.Children[1].Value.(string), r.body.Children[2].Data.String()
	w.bound = ""
	e := d.find(dn)
	switch {
	case password == "": // an unauthenticated bind succeeds, as in Active Directory
		return w.send(r.id, result(opBindDone, 0, ""))
	case e == nil:
		return w.send(r.id, result(opBindDone, 49, fmt.Sprintf(subCode, "525")))
	case e.password != password:
		return w.send(r.id, result(opBindDone, 49, fmt.Sprintf(subCode, "52e")))
	case e.code != "":
		return w.send(r.id, result(opBindDone, 49, fmt.Sprintf(subCode, e.code)))
	}
	w.bound = dn
	return w.send(r.id, result(opBindDone, 0, ""))
}

// find returns the entry of a name: its own, its GUID's, or its userPrincipalName.
func (d *domain) find(dn string) *entry {
	for _, e := range d.entries {
		raw := e.attrs["objectGUID"]
		if strings.EqualFold(e.dn, dn) || d.ad && slices.Contains(e.attrs["userPrincipalName"], dn) ||
			d.ad && len(raw) == 1 && dn == "<GUID="+guidText(raw[0])+">" {
			return e
		}
	}
	return nil
}

func guidText(raw string) string {
	h := hex.EncodeToString([]byte{raw[3], raw[2], raw[1], raw[0], raw[5], raw[4], raw[7], raw[6]})
	return h[:8] + "-" + h[8:12] + "-" + h[12:] + "-" + hex.EncodeToString([]byte(raw[8:10])) + "-" + hex.EncodeToString([]byte(raw[10:]))
}

func (d *domain) search(w *wire, r request) error {
	from, deep, filter := r.body.Children[0].Value.(string), r.body.Children[1].Value.(int64) == 2, r.body.Children[6]
	if w.bound == "" && from != "" {
		return w.send(r.id, result(opSearchDone, 1, "bind first"))
	}
	if !deep {
		e := d.find(from)
		if e == nil {
			return w.send(r.id, result(opSearchDone, 32, ""))
		}
		from = e.dn
	}
	most, sent := int(r.body.Children[3].Value.(int64)), 0
	if most == 0 || r.body.Children[2].Value != int64(0) {
		return w.send(r.id, result(opSearchDone, 53, "want a size limit, and aliases left alone"))
	}
	for _, e := range d.entries {
		at := strings.EqualFold(e.dn, from) || deep && strings.HasSuffix(strings.ToLower(e.dn), ","+strings.ToLower(from))
		if at && e.matches(filter) {
			if sent++; sent > most {
				return w.send(r.id, result(opSearchDone, 4, ""))
			}
			if err := w.send(r.id, e.packet(r.body.Children[7])); err != nil {
				return err
			}
		}
	}
	return w.send(r.id, result(opSearchDone, 0, ""))
}

// matches judges and, or, equality and presence, and compares as Active Directory does:
// without regard to case and, as it is here, to the dots on an o.
func (e *entry) matches(f *ber.Packet) bool {
	switch f.Tag {
	case 0, 1: // and, or
		for _, c := range f.Children {
			if e.matches(c) != (f.Tag == 0) {
				return f.Tag == 1
			}
		}
		return f.Tag == 0
	case 3: // equality
		name, value := f.Children[0].Value.(string), f.Children[1].Value.(string)
		if name == "distinguishedName" {
			return strings.EqualFold(e.dn, value)
		}
		return slices.ContainsFunc(e.attrs[name], func(v string) bool { return loose(v) == loose(value) })
	}
	return f.Tag == 7
}

func loose(s string) string { return strings.ReplaceAll(strings.ToLower(s), "ö", "o") }

// packet is the entry with the attributes that were asked for.
func (e *entry) packet(wanted *ber.Packet) *ber.Packet {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, opEntry, nil, "")
	p.AppendChild(octets(e.dn))
	list := ber.NewSequence("")
	for _, name := range slices.Sorted(maps.Keys(e.attrs)) {
		if !slices.ContainsFunc(wanted.Children, func(c *ber.Packet) bool { return c.Value == name }) {
			continue
		}
		one, values := ber.NewSequence(""), ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range e.attrs[name] {
			values.AppendChild(octets(v))
		}
		one.AppendChild(octets(name))
		one.AppendChild(values)
		list.AppendChild(one)
	}
	p.AppendChild(list)
	return p
}

// config is a configuration for these controllers. What the directory logs goes to the
// test's own log.
func config(t testing.TB, controllers ...string) activedirectory.Config {
	return activedirectory.Config{
		Controllers: controllers, Base: base, Reader: reader, ReaderPassword: readerWord,
		RootCAs: authority.Pool, Timeout: 30 * time.Second, Now: func() time.Time { return noon },
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
}

func open(t testing.TB, c activedirectory.Config) *activedirectory.Directory {
	t.Helper()
	d, err := activedirectory.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
