package directory_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/store"
)

func TestApplyMakesEverything(t *testing.T) {
	d := newDirectory(t)
	d.apply(exampleFile(t))
	d.want(
		"policy general created",
		"application PB_Salesdemo created",
		"permission PB_Salesdemo/PowerServer/Address/CanReadAddress created",
		"permission PB_Salesdemo/PowerServer/Address/CanWriteAddress created",
		"role PB_Salesdemo/Auditor created",
		"client PB_Salesdemo_Native created",
		"user tt29 created",
		"user plain created",
	)
	tt29, app := d.entry("user", "tt29").ID, d.entry("application", "PB_Salesdemo").ID
	if want := "6f209594-fc04-4e96-9f9f-7daf57b0fb12"; app != want {
		t.Errorf("got application id %s, want %s", app, want)
	}
	if got, want := d.entry("client", "PB_Salesdemo_Native").ID, app+"_Native"; got != want {
		t.Errorf("got client id %s, want %s", got, want)
	}
	want := account.Account{
		ID: tt29, Name: "tt29", Approved: true, MFA: new(true),
		Start:      time.Date(2020, 7, 14, 0, 0, 0, 0, time.UTC),
		End:        time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC),
		Attributes: []account.Attribute{{Name: "Zip", Value: "75001"}, {Name: "City", Value: "Paris"}, {Name: "Empty"}},
		Roles:      []account.RoleGrant{{Application: app, Role: d.entry("role", "PB_Salesdemo/Auditor").ID}},
	}
	got := d.account(tt29)
	want.PasswordHash = got.PasswordHash
	if got.PasswordHash == "" || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	f := d.factors(tt29)
	if !f.Email.Confirmed() || f.Mobile.Confirmed() || f.Mobile.Value == "" || len(f.Authenticators) != 1 || f.Serial != 1 {
		t.Errorf("got factors %+v, want a confirmed e-mail address, a mobile number, an authenticator and serial 1", f)
	}
	if got := d.ageing(tt29); got.Epoch != 1 || got.Serial != 1 || !got.PasswordChanged.Equal(d.now) {
		t.Errorf("got ageing %+v, want epoch 1, serial 1, and a password of now", got)
	}
	if f := d.factors(d.entry("user", "plain").ID); f.Serial != 0 {
		t.Errorf("got serial %d for an account that never had a factor, want 0", f.Serial)
	}
}

// TestApplyLogsIn goes through the engine's front door with what the file made.
func TestApplyLogsIn(t *testing.T) {
	d := newDirectory(t)
	file := strings.NewReplacer(`"mfa": {"mode": "Required"}`, `"mfa": {}`).Replace(exampleFile(t))
	file = strings.Replace(file, `{"name": "plain"}`, userEntry("plain", `"password": "long enough"`, `"roles": [{"application": "pb_salesdemo", "role": "auditor"}]`), 1)
	d.apply(file)
	login := func(client, secret, name, password string) (*sallyport.Result, error) {
		return d.e.Login(t.Context(), sallyport.Login{Caller: &sallyport.Caller{ClientID: client, ClientSecret: secret}, Username: name, Password: password})
	}
	const client = "6f209594-fc04-4e96-9f9f-7daf57b0fb12_Native"
	r, err := login(client, "secret", "PLAIN", "long enough")
	if err != nil || r.Status != sallyport.Success {
		t.Fatalf("got %+v, %v, want Success", r, err)
	}
	if r, err := login(client, "secret", "tt29", "correct horse battery"); err != nil || r.Status != sallyport.Failure|sallyport.MFAAuthenticationRequired {
		t.Errorf("got %+v, %v, want a second factor to be asked for", r, err)
	}
	var refused *sallyport.ProtocolError
	if _, err := login(client, "Secret", "plain", "long enough"); !errors.As(err, &refused) || refused.Code != "invalid_client" {
		t.Errorf("got %v for a wrong client secret, want invalid_client", err)
	}
	if _, err := d.e.Verify(t.Context(), r.Tokens.AccessToken); err != nil {
		t.Errorf("got %v for the fresh token, want none", err)
	}
	plain := d.entry("user", "plain").ID
	d.apply(strings.Replace(file, `"name": "plain",`, `"name": "plain", "disabled": true,`, 1))
	if got := d.epoch(plain); got != 2 {
		t.Errorf("got epoch %d once the account is disabled, want 2", got)
	}
	if _, err := d.e.Verify(t.Context(), r.Tokens.AccessToken); !errors.Is(err, sallyport.ErrInvalidToken) {
		t.Errorf("got %v once the account is disabled, want %v", err, sallyport.ErrInvalidToken)
	}
}

func TestApplyTwiceWritesNothing(t *testing.T) {
	d := newDirectory(t)
	d.apply(exampleFile(t))
	first, before := d.report, d.everything()
	d.store.changes.Store(0)
	for _, o := range []directory.Options{{}, prune, {ReuseNames: true}} {
		d.apply(exampleFile(t), o)
		for i, e := range d.report.Entries {
			if e.Action != "kept" || e.Kept != nil || e.ID != first.Entries[i].ID {
				t.Errorf("got %+v with %+v, want it kept under the id %s", e, o, first.Entries[i].ID)
			}
		}
	}
	if n := d.store.changes.Load(); n != 0 || d.everything() != before {
		t.Errorf("got %d changes of the store, want 0", n)
	}
}

// TestApplyReadsTogether: to make, change and delete nine entries takes as many
// readings of the store as one.
func TestApplyReadsTogether(t *testing.T) {
	file := func(n int, firstName string) string {
		var apps, list, users []string
		for i := range n {
			apps = append(apps, fmt.Sprintf(`{"name": "A%d"}`, i))
			list = append(list, strings.Replace(client("SPA", public), `"A"`, fmt.Sprintf(`"A%d"`, i), 1))
			users = append(users, userEntry(fmt.Sprint("user", i), `"firstName": "`+firstName+`"`))
		}
		return `{"applications": [` + strings.Join(apps, ", ") + `], "clients": [` + strings.Join(list, ", ") + `], "users": [` + strings.Join(users, ", ") + `]}`
	}
	readings := func(n int) (list []int64) {
		d := newDirectory(t)
		for _, f := range []string{file(n, "Ann"), file(n, "Ann"), file(n, "Eve"), `{"applications": [], "clients": [], "users": []}`} {
			d.store.loads.Store(0)
			d.apply(f, prune)
			list = append(list, d.store.loads.Load())
		}
		return list
	}
	if few, many := readings(1), readings(9); !slices.Equal(few, many) || slices.Max(few) > 8 {
		t.Errorf("got %d readings of nine entries and %d of one, want as many, and eight at most", many, few)
	}
}

// TestApplyRevision: each apply that writes counts after that of the engine's own
// application, so that of two at once one
// meets what the other has written.
func TestApplyRevision(t *testing.T) {
	d := newDirectory(t)
	for i, c := range []struct {
		file string
		want string
	}{{user("ann"), "2"}, {user("ann"), "2"}, {user("ann", `"firstName": "Ann"`), "3"}, {`{}`, "3"}} {
		d.apply(c.file)
		if got := d.describe("catalog", "directory")["revision"]; got != c.want {
			t.Errorf("file %d: got revision %v, want %v", i, got, c.want)
		}
	}
}

func TestApplyChanges(t *testing.T) {
	tests := []struct {
		name, old, new string
		want           string
	}{
		{"policy", `"maxBadLogons": 10`, `"maxBadLogons": 0`, "policy general changed"},
		{"application's policy", `"mode": "Required"`, `"mode": "Off"`, "application PB_Salesdemo changed"},
		{"application's name by id", `"name": "PB_Salesdemo"`, `"name": "Pb_salesdemo"`, "application Pb_salesdemo changed"},
		{"description", `"description": ""}`, `"description": "reads"}`, "permission PB_Salesdemo/PowerServer/Address/CanReadAddress changed"},
		{"role's permissions", `"permissions": ["/PowerServer/Address/CanReadAddress"]`, `"permissions": ["/PowerServer/Address/CanWriteAddress"]`, "role PB_Salesdemo/Auditor changed"},
		{"role's policy", `"mfa": {}}`, `"mfa": {"mode": "Off"}}`, "role PB_Salesdemo/Auditor changed"},
		{"new permission", `{"path": "/PowerServer/Address/CanWriteAddress"}`, `{"path": "/PowerServer/Address/CanWriteAddress"}, {"path": "/New"}`, "permission PB_Salesdemo/New created"},
		{"scopes", `"VGRoles", `, ``, "client PB_Salesdemo_Native changed"},
		{"lifetime", `"accessTokenLifetime": "30m"`, `"accessTokenLifetime": "1m"`, "client PB_Salesdemo_Native changed"},
		{"first name", `"firstName": ""`, `"firstName": "Marie"`, "user tt29 changed"},
		{"order of attributes", `"Zip": "75001", "City": "Paris"`, `"City": "Paris", "Zip": "75001"`, "user tt29 changed"},
		{"roles", `[{"application": "PB_Salesdemo", "role": "Auditor"}]`, `[]`, "user tt29 changed"},
		{"no wish for a factor", `"mfa": true`, `"mfa": false`, "user tt29 changed"},
		{"spelling of the name", `"name": "tt29"`, `"name": "TT29"`, "user TT29 changed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDirectory(t)
			d.apply(exampleFile(t))
			changed := strings.Replace(exampleFile(t), tt.old, tt.new, 1)
			d.apply(changed)
			var got []string
			for i, e := range d.report.Entries {
				if e.Action != "kept" || e.Kept != nil {
					got = append(got, d.outcome()[i])
				}
			}
			if !slices.Equal(got, []string{tt.want}) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			d.store.changes.Store(0)
			if d.apply(changed); d.store.changes.Load() != 0 {
				t.Errorf("applied once more: got %q, want nothing written", d.outcome())
			}
		})
	}
}

// TestApplyAllOrNothing ends a long file with one fault that only the store
// can tell.
func TestApplyAllOrNothing(t *testing.T) {
	d := newDirectory(t)
	d.apply(`{"users": [{"name": "gone"}]}`)
	d.apply(`{"users": []}`, prune)
	before := d.everything()
	file := strings.Replace(exampleFile(t), `{"name": "plain"}`, `{"name": "plain"}, {"name": "gone"}`, 1)
	if err := d.try(file); err == nil || !strings.HasPrefix(err.Error(), "users[2].name: belonged to an account before and stays reserved, unless") {
		t.Errorf("got %v, want the last user refused", err)
	}
	if d.everything() != before {
		t.Error("the refused file wrote something")
	}
}

// TestApplyManyUsers wants accounts beyond one reading and one list to be found
// again, and to be pruned to the last.
func TestApplyManyUsers(t *testing.T) {
	d := newDirectory(t)
	users := func(from, to int) string {
		var list []string
		for i := from; i < to; i++ {
			list = append(list, userEntry(fmt.Sprintf("user%d", i)))
		}
		return `{"users": [` + strings.Join(list, ", ") + `]}`
	}
	d.apply(users(0, 400))
	d.apply(users(400, 800))
	if got := d.store.keys.Load(); got != 512 { // of some 2,000
		t.Errorf("got up to %d keys read at once, want 512", got)
	}
	d.store.loads.Store(0)
	d.apply(users(0, 800))
	if got := d.store.loads.Load(); got > 20 { // 3,000 keys in portions, and not one by one
		t.Errorf("got %d readings, want 20 at most", got)
	}
	if i := slices.IndexFunc(d.report.Entries, func(e directory.Entry) bool { return e.Action != "kept" }); i >= 0 {
		t.Errorf("got %+v, want it kept", d.report.Entries[i])
	}
	d.apply(`{"users": []}`, prune)
	if got := len(d.report.Entries); got != 800 {
		t.Errorf("got %d accounts pruned, want 800", got)
	}
}

// TestApplyInParallel lets many engines, as on many nodes, apply overlapping
// files at once: there must be one entry of each name in the end.
func TestApplyInParallel(t *testing.T) {
	d := newDirectory(t)
	var wg sync.WaitGroup
	const nodes = 8
	for i := range nodes {
		node := newNode(t, d)
		wg.Go(func() {
			file := fmt.Sprintf(`{"applications": [{"name": "A", "roles": [{"name": "R"}, {"name": "R%d"}]}],
				"users": [{"name": "ann", "firstName": "%d", "password": "long enough"}, {"name": "u%d"}]}`, i, i, i)
			if _, err := node.Apply(t.Context(), parse(t, file), directory.Options{}); err != nil {
				t.Errorf("node %d: got %v, want none", i, err)
			}
		})
	}
	wg.Wait()
	n := 0
	for _, err := range account.Accounts.Scan(t.Context(), d.db, d.now, "", "") {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	if n != nodes+1 {
		t.Errorf("got %d accounts, want %d", n, nodes+1)
	}
	d.apply(`{"applications": []}`, prune)
	d.want("application A deleted")
	d.apply(`{"users": []}`, prune)
	if got := len(d.report.Entries); got != nodes+1 {
		t.Errorf("got %d accounts pruned, want %d", got, nodes+1)
	}
}

// newNode is one more engine on the store of d.
func newNode(t *testing.T, d *applied) *sallyport.Engine {
	t.Helper()
	return newDirectory(t, func(c *sallyport.Config) { c.Store = d.store }).e
}

// TestApplyEngineRules holds a file to what only the engine knows.
func TestApplyEngineRules(t *testing.T) {
	short := strings.Replace(exampleFile(t), `"otpLength": 6`, `"otpLength": 4`, 1)
	public := func(c *sallyport.Config) { c.Issuer = "https://id.example.com" }
	lax := func(c *sallyport.Config) { c.InsecureShortCodes = true }
	tests := []struct {
		name, file string
		config     func(*sallyport.Config)
		want       string
	}{
		{"short secret on loopback", exampleFile(t), lax, ""},
		{"short secret elsewhere", exampleFile(t), public, "clients[0].secrets[0].value: shorter than 16 characters"},
		{"long secret elsewhere", strings.Replace(exampleFile(t), `"value": "secret"`, `"value": "0123456789abcdef"`, 1), public, ""},
		{"short codes", short, func(*sallyport.Config) {}, "policy.mfa.otpLength: 4 is not 6 to 9"},
		{"short codes where allowed", short, lax, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := newDirectory(t, tt.config).try(tt.file)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestApplyStoreFails wants a fault of the store to be told, and not mistaken
// for one of the file.
func TestApplyStoreFails(t *testing.T) {
	d := newDirectory(t)
	d.store.Close()
	if err := d.try(user("ann")); !errors.Is(err, store.ErrClosed) || !strings.HasPrefix(err.Error(), "applying the directory: ") {
		t.Errorf("got %v, want %v", err, store.ErrClosed)
	}
}

// TestApplyChangesARole: what the file says anew of a role that is there is stored.
func TestApplyChangesARole(t *testing.T) {
	d := newDirectory(t)
	file := func(mode string) string {
		return `{"applications": [{"id": "6f209594-fc04-4e96-9f9f-7daf57b0fb12", "name": "A", "roles": [{"name": "R", "mfa": {"mode": "` + mode + `"}}, {"name": "S"}]}]}`
	}
	stored := func() string {
		d.t.Helper()
		return fmt.Sprint(d.describe("application", "6f209594-fc04-4e96-9f9f-7daf57b0fb12"))
	}
	d.apply(file("Off"))
	before := stored()
	d.apply(file("Required"))
	d.want("application A kept", "role A/R changed", "role A/S kept")
	if got, want := stored(), strings.Replace(before, "Off", "Required", 1); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
