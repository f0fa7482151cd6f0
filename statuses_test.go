package sallyport_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/wire"
)

// statusJourney is the shortest way to an answer of the token endpoint, over HTTP.
type statusJourney struct {
	status int64
	name   string // as documents print the status
	way    string // for the page; empty: it is not told there
	user   sallyporttest.User
	edit   func(*directory.File) // of the directory, before the user is there
	walk   func(*statusWalk)     // nil: call 1 with the right password
	// says are the booleans that are true beside IsFailed and IsPasswordSecure, and
	// shows the parts that the document has: identity, options, enrolment.
	says, shows string
	// state is what the call is told afterwards that names the answer's RequestId alone;
	// 0: 16777217, there is nothing to go on with.
	state int64
	// told is the status where Config.DiscloseUnknownUsers is set; 0: the same.
	told     int64
	as       string // the module that `Identity` names; empty: VGUSER
	toldName string
	toldSays string
}

// statusWalk is one journey on its way.
type statusWalk struct {
	*sallyporttest.Kit
	t      *testing.T
	client *sallyporttest.Client
	p      *sallyporttest.Person
	first  sallyporttest.Answer // the last answer to a call 1
	a      sallyporttest.Answer // the last answer
	sent   string               // the request that the last call named, if it was a GUID
}

// call makes one call of the grant.
func (w *statusWalk) call(in sallyport.Login) {
	w.t.Helper()
	w.a, w.sent = w.client.Call(in), ""
	if guid.MatchString(in.RequestID) {
		w.sent = in.RequestID
	}
	if in.RequestID == "" {
		w.first = w.a
	}
}

func (w *statusWalk) login(password string) {
	w.t.Helper()
	w.call(sallyport.Login{Username: w.p.Name, Password: password})
}

// right is call 1 with the right password.
func (w *statusWalk) right() { w.t.Helper(); w.login(w.p.Password) }

// misses are so many wrong passwords, each another one.
func (w *statusWalk) misses(n int) {
	w.t.Helper()
	for range n {
		w.login("wrong " + rnd.Hex(8))
	}
}

// choose is call 2 for an option such as "Email OTP".
func (w *statusWalk) choose(what string) { w.t.Helper(); w.code(what, "") }

// code is call 3.
func (w *statusWalk) code(what, code string) {
	w.t.Helper()
	transport, mode, _ := strings.Cut(what, " ")
	w.call(sallyport.Login{RequestID: w.first.RequestID, OptionID: option(w.t, w.first, transport, mode), Code: code})
}

// again is call 1 for the request that the first call 1 made.
func (w *statusWalk) again(password string) {
	w.t.Helper()
	w.call(sallyport.Login{RequestID: w.first.RequestID, Username: w.p.Name, Password: password})
}

// general edits the general policy of a directory.
func general(edit func(*directory.Policy)) func(*directory.File) {
	return func(d *directory.File) {
		d.Policy = &directory.Policy{}
		edit(d.Policy)
	}
}

// begin makes the kit and the user of a journey.
func (j *statusJourney) begin(t *testing.T, disclose bool) *statusWalk {
	t.Helper()
	opts := []sallyporttest.Option{sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.DiscloseUnknownUsers, c.Modules, c.Application = disclose, map[string]sallyport.Module{windows: bobs()}, sallyporttest.ApplicationName
	})}
	if j.edit != nil {
		opts = append(opts, sallyporttest.WithDirectory(j.edit))
	}
	k, u := sallyporttest.New(t, opts...), j.user
	u.Name = "ada"
	return &statusWalk{Kit: k, t: t, client: k.HTTP(), p: k.AddUser(t, u)}
}

// run goes the way and holds the answer at its end to all that is said of it.
func (j *statusJourney) run(t *testing.T, disclose bool) {
	t.Helper()
	w := j.begin(t, disclose)
	if j.walk == nil {
		w.right()
	} else {
		j.walk(w)
	}
	want := *j
	if disclose && j.told != 0 {
		want.status, want.name, want.says = j.told, j.toldName, j.toldSays
	}
	want.check(w)
	w.call(sallyport.Login{RequestID: w.a.RequestID})
	if got, then := int64(w.a.Status), cmp.Or(want.state, 16777217); got != then || w.a.Response.AuthenticationResponse.Identity != nil || len(w.a.Options) > 0 {
		t.Errorf("its state: got %s, want %d without who it is and what may be answered", w.a, then)
	}
}

var (
	guid    = regexp.MustCompile(`^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$`)
	vgToken = regexp.MustCompile(`^[0-9A-F]{128}$`)
)

// check holds the whole document to the row.
func (j *statusJourney) check(w *statusWalk) {
	t, a, r := w.t, w.a, w.a.Response
	t.Helper()
	if r == nil {
		t.Fatalf("got %s, want a document with %d", a, j.status)
	}
	equal := func(what string, got, want any) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %v, want %v", what, got, want)
		}
	}
	in := strings.HasPrefix(j.name, "Success")
	equal("the status", r.AuthenticationState.Status, j.status)
	equal("its name", r.AuthenticationStatus, j.name)
	equal("the states", r.AuthenticationResponse.State, r.AuthenticationState)
	says := strings.Fields(j.says)
	if !in {
		says = append(says, "IsFailed")
	}
	if !strings.Contains(j.name, "PasswordExpired") && !strings.Contains(j.name, "PasswordDoesNotPassValidation") {
		says = append(says, "IsPasswordSecure")
	}
	slices.Sort(says)
	equal("the booleans", fmt.Sprint(trueOf(t, r.AuthenticationState)), fmt.Sprint(says))
	equal("who it is", r.AuthenticationResponse.Identity != nil, strings.Contains(j.shows, "identity"))
	if who := r.AuthenticationResponse.Identity; who != nil {
		equal("who it is", *who, wire.Identity{Name: w.p.Name, AuthenticationType: cmp.Or(j.as, "VGUSER"), IsAuthenticated: true})
	}
	equal("options", len(a.Options) > 0, strings.Contains(j.shows, "options"))
	equal("an empty list", strings.Contains(string(a.Body), `"MFAAvailables":[]`), len(a.Options) == 0)
	equal("an enrolment", a.Enrollment != nil, strings.Contains(j.shows, "enrolment"))
	equal("null", strings.Contains(string(a.Body), "null"), false)
	checkEnds(t, a, in)
	checkIDs(t, a, w.sent)
}

// trueOf lists the booleans of a state that are true, by their names on the wire.
func trueOf(t *testing.T, s wire.State) (list []string) {
	t.Helper()
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	for name, is := range all {
		if is == true {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// checkEnds holds what depends on success alone: the status line, the tokens, the
// authorization, and the members around the document.
func checkEnds(t *testing.T, a sallyporttest.Answer, in bool) {
	t.Helper()
	r := a.Response
	authorization, name := int64(1), "Failure"
	switch {
	case in:
		authorization, name = 16, "Success"
	case a.Status == sallyport.Failure|sallyport.UserNotAuthorized:
		authorization, name = 5, "Failure, UserNotAuthorized"
	}
	if r.AuthorizationState.Status != authorization || r.AuthorizationStatus != name {
		t.Errorf("the authorization: got %d, %q, want %d, %q", r.AuthorizationState.Status, r.AuthorizationStatus, authorization, name)
	}
	if vgToken.MatchString(r.VGToken) != in || !in && r.VGToken != "" || (a.Tokens != nil) != in || r.Error != (wire.Error{}) {
		t.Errorf("got %s with a VGToken of %d characters, and the error %+v", a, len(r.VGToken), r.Error)
	}
	if in {
		if a.HTTP != http.StatusOK || a.Tokens.AccessToken == "" || a.Tokens.TokenType != "Bearer" {
			t.Errorf("got %d and tokens of type %q, want 200 and Bearer", a.HTTP, a.Tokens.TokenType)
		}
		return
	}
	e := *a.Refusal
	if e.VGResponse = nil; a.HTTP != http.StatusBadRequest || e != (wire.TokenError{
		Error: "invalid_request", ErrorDescription: r.AuthenticationStatus, VGAuthenticationStatus: r.AuthenticationStatus, AuthenticationMethod: "None",
	}) {
		t.Errorf("got %d and %+v around the document", a.HTTP, e)
	}
}

// checkIDs holds every RequestId to the one that was sent, or to be one of its own.
func checkIDs(t *testing.T, a sallyporttest.Answer, sent string) {
	t.Helper()
	id := a.Response.RequestID
	if !guid.MatchString(id) || sent != "" && id != sent || a.Response.AuthenticationResponse.RequestID != id {
		t.Errorf("got the RequestIds %q and %q, want %q or a GUID", id, a.Response.AuthenticationResponse.RequestID, sent)
	}
	for _, o := range a.Options {
		if o.RequestID != id || !guid.MatchString(o.ID) {
			t.Errorf("got an option %q of %q, want one of %q", o.ID, o.RequestID, id)
		}
	}
	if e := a.Enrollment; e != nil && (e.ID != id || !strings.HasSuffix(e.EnrollmentURL, "/mfa/enroll/"+id)) {
		t.Errorf("got an enrolment %q at %q, want that of %q", e.ID, e.EnrollmentURL, id)
	}
}

// TestStatuses reaches every status that is emitted by its shortest journey, in both
// disclosures.
func TestStatuses(t *testing.T) {
	beside(t)
	runAll(t, slices.Concat(statuses, furtherWays))
}

// TestStatusEdges walks the clock over what the answers to a login depend on.
func TestStatusEdges(t *testing.T) {
	beside(t)
	runAll(t, statusEdges())
}

func runAll(t *testing.T, list []statusJourney) {
	for i, j := range list {
		for _, disclose := range []bool{false, true} {
			t.Run(fmt.Sprint(i, " ", j.status, " ", disclose), func(t *testing.T) { j.run(t, disclose) })
		}
	}
}

// TestStatusesAreAll: the table has a row for every flag but those that the contract
// says are never emitted.
func TestStatusesAreAll(t *testing.T) {
	seen := sallyport.LastGraceLogon | sallyport.PasswordWillBeLocked | sallyport.UserNotFoundInCustomStorage | sallyport.CustomProviderError
	for _, j := range slices.Concat(statuses, furtherWays) {
		if got := sallyport.Status(j.status).String(); got != j.name {
			t.Errorf("%d is %q, and the row says %q", j.status, got, j.name)
		}
		seen |= sallyport.Status(j.status | j.told)
	}
	if seen != 1<<29-1 {
		t.Errorf("no row has %v", (1<<29-1)&^seen)
	}
}

// TestStatusPage holds the table in docs/compatibility.md to these journeys.
func TestStatusPage(t *testing.T) {
	var b strings.Builder
	b.WriteString("| `Status` | name | the shortest way there | the document has |\n|---|---|---|---|\n")
	for _, j := range slices.Concat(statuses, furtherWays) {
		if j.way == "" {
			continue
		}
		shows := strings.ReplaceAll(strings.ReplaceAll(j.shows, " ", ", "), "identity", "`Identity`")
		fmt.Fprintf(&b, "| %d | `%s` | %s | %s |\n", j.status, j.name, j.way, shows)
		if j.told != 0 {
			fmt.Fprintf(&b, "| %d | `%s` | %s, with `DiscloseUnknownUsers` | %s |\n", j.told, j.toldName, j.way, shows)
		}
	}
	holdTable(t, "docs/compatibility.md", b.String())
}
