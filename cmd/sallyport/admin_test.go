package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// adminStep is one administrative command and what it is to say. ID stands for the
// id of the account that was made last.
type adminStep struct {
	name  string
	args  []string
	stdin string
	code  int
	want  string // the whole of standard output, or a part of standard error where the code is not 0
}

func adminSteps() []adminStep {
	step := func(name, args, want string) adminStep {
		return adminStep{name: name, args: strings.Fields(args), want: want}
	}
	refused := func(code int, name, args, want string) adminStep {
		return adminStep{name: name, args: strings.Fields(args), code: code, want: want}
	}
	typed := func(stdin, name, args, want string) adminStep {
		return adminStep{name: name, args: strings.Fields(args), stdin: stdin, want: want}
	}
	return []adminStep{
		step("no role", "role list", ""),
		step("a role", "role add -name Auditor -permissions /A/Read,/A/Write", "created Auditor\n"),
		refused(1, "a role twice", "role add -name auditor", `-name: directory: the application has a role of that name: "auditor"; "sallyport role list" prints all`),
		step("roles", "role list", "Auditor                   /A/Read, /A/Write\n"),
		step("roles for machines", "role list -json", `{"name":"Auditor","permissions":["/A/Read","/A/Write"]}`+"\n"),
		step("nobody", "user list", ""),
		step("an account", "user add -name bob -first-name Bob -language de-AT -email bob@example.com -mobile +491701234567 -roles auditor -mfa=false -attributes City=Bonn -attributes Team=A=B -start 2020-01-31T00:00:00Z -end 2090-01-31T01:00:00+01:00", "created ID bob\n"),
		refused(1, "a name twice", "user add -name BOB", `"BOB" and "bob" are one name`),
		refused(1, "an address that is none", "user add -name eve -email eve", "user.email: want "),
		refused(1, "a role that is not there", "user add -name eve -roles Pilot", `user.roles: directory: no such role: "Pilot"`),
		step("by its name", "user show -name BoB", "id             ID\nname           bob\nfirst name     Bob\nlanguage       de-AT\nstate          no-password\n"+
			"start          2020-01-31T00:00:00Z\nend            2090-01-31T00:00:00Z\ne-mail         bob@example.com\nmobile         +491701234567\n"+
			"roles          Auditor\nmfa            false\nattribute      City=Bonn\nattribute      Team=A=B\n"),
		step("for machines", "user show -id ID -json", `{"id":"ID","name":"bob","firstName":"Bob","language":"de-AT","email":"bob@example.com","emailFactor":false,"mobile":"+491701234567","mobileFactor":false,`+
			`"authenticator":false,"mfa":false,"hasPassword":false,"mustChangePassword":false,"approved":true,"disabled":false,"locked":false,`+
			`"start":"2020-01-31T00:00:00Z","end":"2090-01-31T00:00:00Z","roles":["Auditor"],"attributes":{"City":"Bonn","Team":"A=B"}}`+"\n"),
		step("its budgets", "user budgets -name bob", "  20 of 20   open-requests\n  10 of 10   account-sends\n   5 of 5    step-up-sends\n   3 of 3    account-numbers\n"+
			"   6 of 6    notices-attempts\n  10 of 10   notices\n   8 of 8    address-changes\n"+
			"  10 of 10   guesses-hour (behind a right password)\n  30 of 30   guesses-day (behind a right password)\n 100 of 100  guesses-row (behind a right password)\n"+
			"  10 of 10   guesses-hour (behind no password)\n  30 of 30   guesses-day (behind no password)\n 100 of 100  guesses-row (behind no password)\n"+
			"   3 of 3    reset-mails\n  10 of 10   account-proof-mails\n"+
			"  30 of 30   email (bob@example.com)\n  15 of 30   email (bob@example.com, where it is no factor)\n   3 of 3    proof-mails (bob@example.com)\n"+
			"  10 of 10   sms (+491701234567)\n   5 of 10   sms (+491701234567, where it is no factor)\n"+
			"  20 of 20   sms-prefix (+491701)\n  10 of 20   sms-prefix (+491701, where it is no factor)\n"),
		refused(1, "budgets of nobody", "user budgets -name nobody", "directory: no such user"),
		step("a list", "user list", "ID  bob                       no-password           bob@example.com\n"),
		step("a list after the last", "user list -after ffffffff-ffff-ffff-ffff-ffffffffffff", ""),
		step("changed", "user set -id ID -name robert -first-name= -last-name Roe -language fr -approved=false -disabled -locked -must-change-password -start= -end= -roles= -attributes=", "changed ID robert\n"),
		step("as it is then", "user show -id ID", "id             ID\nname           robert\nlast name      Roe\nlanguage       fr\nstate          unapproved, disabled, locked, must-change, no-password\n"+
			"e-mail         bob@example.com\nmobile         +491701234567\nmfa            false\n"),
		refused(1, "the old name", "user add -name bob", "stays reserved"),
		step("unlocked", "user unlock -id ID", "unlocked ID\n"),
		step("changed back", "user set -id ID -approved -disabled=false -must-change-password=false -attributes City=Rome -json", `{"action":"changed","id":"ID","name":"robert"}`+"\n"),
		typed("correct horse battery\n", "a password that stays", "user password -id ID -keep", "password set ID\n"),
		step("is active", "user list", "ID  robert                    active                bob@example.com\n"),
		refused(1, "a role twice", "role add -name Auditor", "directory: the application has a role of that name"),
		typed("another horse battery", "a password", "user password -id ID", "password set ID\n"),
		step("must change", "user list", "ID  robert                    must-change           bob@example.com\n"),
		typed("a\x00b\n", "a password that cannot be typed", "user password -id ID", ""),
		step("no second factor any more", "user reset-mfa -id ID", "factors reset ID\n"),
		refused(1, "of nobody", "user reset-mfa -id 7b1d3c1e-0000-4000-8000-000000000000", `no such user; "sallyport user list" prints all`),
		step("an invitation", "user invite -id ID", "LINK\n"),
		step("for machines", "user invite -id ID -json", `{"action":"invited","id":"ID","key":"KEY","url":"LINK","ends":"TIME"}`+"\n"),
		step("beside a reset", "user reset-mfa -id ID -invite print", "LINK\n"),
		refused(1, "of nobody", "user invite -id 7b1d3c1e-0000-4000-8000-000000000000", "no such user"),
		refused(1, "of no application", "user invite -id ID -application 7b1d3c1e-0000-4000-8000-000000000000", "no such application"),
		step("a password that is made", "user password -id ID -generate", "PASSWORD\n"),
		step("a password that is made, for machines", "user password -id ID -generate -json", `{"action":"password set","id":"ID","password":"PASSWORD"}`+"\n"),
		step("sessions ended", "user end-sessions -id ID", "sessions ended ID\n"),
		step("all sessions ended", "end-sessions -all", "all sessions ended\n"),
		step("for machines", "end-sessions -all -json", `{"action":"all sessions ended"}`+"\n"),
		refused(2, "an actor like an account", "user unlock -id ID -actor 7b1d3c1e-0000-4000-8000-000000000000", "-actor: it looks like the id of an account"),
		step("deleted", "user delete -id ID -json", `{"action":"deleted","id":"ID"}`+"\n"),
		refused(1, "deleted twice", "user delete -id ID", "directory: no such user"),
		refused(1, "shown by its id", "user show -id ID", "directory: no such user"),
		refused(1, "shown by its name", "user show -name robert", `directory: no such user; "sallyport user list" prints all`),
		typed("correct horse battery", "with a password", "user add -name ann -password-file -", "created ID ann\n"),
		step("which must change", "user list", "ID  ann                       must-change\n"),
		step("a role deleted", "role delete -name AUDITOR", "deleted AUDITOR\n"),
		refused(1, "a role deleted twice", "role delete -name Auditor", `-name: directory: no such role: "Auditor"; "sallyport role list" prints all`),
	}
}

var (
	anID     = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	aMadeOne = regexp.MustCompile(`(^|"password":")[a-hj-km-np-zA-HJ-NP-Z2-9]{16}\b`)
	aLink    = regexp.MustCompile(`(http://127\.0\.0\.1:\d+)?/account/invite/[0-9a-f]{64}`)
	aKey     = regexp.MustCompile(`[0-9a-f]{64}`)
	aTime    = regexp.MustCompile(`"ends":"20\d\d-[^"]*Z"`)
	howDone  = regexp.MustCompile(` \((through the server at|in the file) [^)]*\)\n$`)
)

// TestAdminCommands runs the same commands on a file and through the socket of a
// server: what they say differs in nothing but the way that an error names.
func TestAdminCommands(t *testing.T) {
	for _, way := range []struct {
		name string
		make func(t *testing.T, store string)
		says string
	}{
		{"the file", func(t *testing.T, store string) {
			if code, _, said := run(t, "", "apply", "-store", store, "-directory", write(t, filepath.Join(t.TempDir(), "d.json"), "{}")); code != 0 {
				t.Fatal(said)
			}
		}, " (in the file "},
		{"the socket", func(t *testing.T, store string) { serve(t, "-store", store, "-listen", "127.0.0.1:0") }, " (through the server at "},
	} {
		t.Run(way.name, func(t *testing.T) {
			store, id := "bolt:"+filepath.Join(t.TempDir(), "db"), ""
			way.make(t, store)
			for _, s := range adminSteps() {
				args := append(s.args[:2:2], "-store", store, "-reason", "a test")
				for _, a := range s.args[2:] {
					args = append(args, strings.ReplaceAll(a, "ID", id))
				}
				code, out, said := run(t, s.stdin, args...)
				if made := anID.FindString(out); strings.HasPrefix(out, "created ") && made != "" {
					id = made
				}
				if s.want == "" && s.stdin != "" { // refused for what was typed
					s.code, s.want = 1, "user.password: "
				}
				equal(t, s.name+": exit code", code, s.code)
				if s.code == 0 {
					equal(t, s.name+": standard error", said, "")
					out = aTime.ReplaceAllString(aKey.ReplaceAllString(aLink.ReplaceAllString(out, "LINK"), "KEY"), `"ends":"TIME"`)
					if out = aMadeOne.ReplaceAllString(anID.ReplaceAllString(out, "ID"), "${1}PASSWORD"); out != s.want {
						t.Errorf("%s:\ngot  %q\nwant %q", s.name, out, s.want)
					}
					continue
				}
				equal(t, s.name+": standard output", out, "")
				if !strings.Contains(said, s.want) || !strings.Contains(said, way.says) || !howDone.MatchString(said) {
					t.Errorf("%s: got %q, want %q and the way", s.name, said, s.want)
				}
			}
		})
	}
}

// TestAdminTrail: what is done stands in the trail in the name of who did it.
func TestAdminTrail(t *testing.T) {
	store := "bolt:" + filepath.Join(t.TempDir(), "db")
	s := serve(t, "-store", store, "-listen", "127.0.0.1:0")
	for _, args := range []string{"user add -name bob -actor Carol", "role add -name Pilot -actor Dave"} {
		args := append(strings.Fields(args), "-store", store, "-reason", "ticket 17")
		if code, _, said := run(t, "", args...); code != 0 {
			t.Fatalf("got %d, %q", code, said)
		}
	}
	equal(t, "exit code", s.stop(), 0)
	_, events, _ := run(t, "", "inspect", "-store", store, "-table", "event")
	for _, want := range []string{"actor = Carol\n", "actor = Dave\n", `reason = "ticket 17"`} {
		if !strings.Contains(events, want) {
			t.Errorf("got no %q in\n%s", want, events)
		}
	}
	if log := s.err.String(); !strings.Contains(log, "actor=Carol") {
		t.Errorf("the log says nothing of the actor: %s", log)
	}
}

// TestAdminSecrets: a password that is set over the socket stands in no log.
func TestAdminSecrets(t *testing.T) {
	store := "bolt:" + filepath.Join(t.TempDir(), "db")
	s := serve(t, "-store", store, "-listen", "127.0.0.1:0", "-log-level", "debug")
	const secret = "never-to-be-logged"
	code, out, said := run(t, secret, "user", "add", "-store", store, "-name", "bob", "-password-file", "-")
	equal(t, "exit code", code, 0)
	id := anID.FindString(out)
	code, made, said2 := run(t, "", "user", "password", "-store", store, "-id", id, "-generate")
	equal(t, "exit code", code, 0)
	equal(t, "exit code", s.stop(), 0)
	for _, text := range []string{said, said2, s.err.String(), s.out.String()} {
		if strings.Contains(text, secret) || strings.Contains(text, strings.TrimSpace(made)) {
			t.Errorf("got a password in %q", text)
		}
	}
}

// TestAdminLongPath: where the default path of the socket is longer than systems
// allow, the server serves without one and says so; one that was named is an error.
func TestAdminLongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("x", 104))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	store := "bolt:" + filepath.Join(dir, "db")
	s := serve(t, "-store", store, "-listen", "127.0.0.1:0")
	if log := s.err.String(); !strings.Contains(log, "no administrative socket; -admin-socket names another path") {
		t.Errorf("the log says %s, want a warning", log)
	}
	code, _, said := run(t, "", "user", "list", "-store", store)
	if code != 2 || !strings.Contains(said, "in use") || !strings.Contains(said, "no administrative socket at "+dir) {
		t.Errorf("got %d, %q, want that the file is in use", code, said)
	}
	code, _, said = run(t, "", "serve", "-store", "memory:", "-log-level", "error", "-listen", "127.0.0.1:0", "-admin-socket", filepath.Join(dir, "s"))
	if code != 2 || !strings.Contains(said, "-admin-socket: the path of the socket is longer than 103 bytes") {
		t.Errorf("got %d, %q, want a refusal", code, said)
	}
}

// TestAdminConfig: the path of the socket may stand in the file of settings, of the
// server and of a command.
func TestAdminConfig(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "own", "s")
	config := write(t, filepath.Join(dir, "serve.json"), `{"store": "memory:", "listen": "127.0.0.1:0", "admin-socket": `+quoted(t, socket)+`}`)
	serve(t, "-config", config)
	config = write(t, filepath.Join(dir, "admin.json"), `{"admin-socket": `+quoted(t, socket)+`, "actor": "carol"}`)
	code, out, said := run(t, "", "user", "add", "-config", config, "-name", "bob")
	if code != 0 || !strings.HasPrefix(out, "created ") {
		t.Errorf("got %d, %q, %q, want an account", code, out, said)
	}
}

// TestAdminShowsAll: what a terminal would not show, or show in another order, is
// printed for people as its escape.
func TestAdminShowsAll(t *testing.T) {
	store := "bolt:" + filepath.Join(t.TempDir(), "db")
	serve(t, "-store", store, "-listen", "127.0.0.1:0")
	if code, _, said := run(t, "", "user", "add", "-store", store, "-name", "bob", "-first-name", "a\u202eb", "-last-name", "Müller 李"); code != 0 {
		t.Fatal(said)
	}
	_, out, _ := run(t, "", "user", "show", "-store", store, "-name", "bob")
	for _, want := range []string{"first name     \"a\\u202eb\"\n", "last name      Müller 李\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("got no %q in\n%s", want, out)
		}
	}
}

// TestInviteFlags: what is no way is refused by name, and without a server nothing is
// mailed, and nothing is done.
func TestInviteFlags(t *testing.T) {
	store := "bolt:" + filepath.Join(t.TempDir(), "db")
	if code, _, said := run(t, "", "apply", "-store", store, "-directory", write(t, filepath.Join(t.TempDir(), "d.json"), "{}")); code != 0 {
		t.Fatal(said)
	}
	code, out, said := run(t, "", "user", "add", "-store", store, "-name", "ann", "-email", "ann@example.com", "-email-proven", "-reason", "a test")
	if code != 0 {
		t.Fatal(said)
	}
	id := anID.FindString(out)
	for flag, args := range map[string][]string{"-by": {"invite", "-by", "pigeon"}, "-invite": {"reset-mfa", "-invite", "pigeon"}, "-application": {"invite", "-application", "A"}} {
		code, _, said := run(t, "", append([]string{"user", args[0], "-store", store, "-id", id}, args[1:]...)...)
		if code != 2 || !strings.Contains(said, flag+": want ") {
			t.Errorf("%v: got %d, %q", args, code, said)
		}
	}
	for _, args := range [][]string{{"invite", "-by", "mail"}, {"invite", "-by", "both"}, {"reset-mfa", "-invite", "mail"}} {
		code, out, said := run(t, "", append([]string{"user", args[0], "-store", store, "-id", id, "-reason", "a test"}, args[1:]...)...)
		if code != 2 || out != "" || !strings.Contains(said, "nothing can be mailed without a running server") {
			t.Errorf("%v: got %d, %q, %q", args, code, out, said)
		}
	}
}
