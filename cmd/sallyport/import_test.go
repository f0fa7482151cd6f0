package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// importRows has one row of each kind that is told of.
const importedRows = `{"name": "ann", "externalId": "1", "passwordHash": "$raw$md5$password$hex:5f4dcc3b5aa765d61d8327deb882cf99"}
{"name": "bob", "email": "no address"}
{"name": "ANN", "externalId": "2"}
{"name": "cid", "nmae": "x"}

{"name": "dan", "roles": [{"role": "Pilot"}]}
{"name": "eve", "password": "correct horse"}
`

const importedReport = `line 2: bob: not imported: email: want one plain e-mail address
line 3: ANN: not imported: name: the same name as line 1
line 4: cid: not imported: nmae: unknown field
line 6: dan: not imported: roles[0].role: no role "Pilot" in app
`

// TestImportCommand: what a dry run reports is what the import then reports; a row that
// is reported makes the exit code 1, and none else.
func TestImportCommand(t *testing.T) {
	store := "bolt:" + filepath.Join(t.TempDir(), "db")
	in := write(t, filepath.Join(t.TempDir(), "rows"), importedRows)
	code, _, said := run(t, "", "import", "-store", store, "-in", in, "-dry-run")
	equal(t, "a dry run on a store that is not there", code, 2)
	if !strings.Contains(said, "-store") || !strings.Contains(said, "there is no store") {
		t.Errorf("got %q", said)
	}
	if code, _, said := run(t, "", "role", "add", "-store", store, "-name", "Auditor"); code == 0 {
		t.Fatalf("got a role in a store that is not there: %s", said)
	}
	first := write(t, filepath.Join(t.TempDir(), "first"), `{"name": "old", "externalId": "0"}`)
	code, out, said := run(t, "", "import", "-store", store, "-in", first)
	equal(t, "the first row", fmt.Sprint(code, out, said), "01 created, 0 changed, 0 kept, 0 not imported\n")
	const counts = "2 created, 0 changed, 0 kept, 4 not imported"
	for _, tt := range []struct {
		name, args, want string
		code             int
	}{
		{"dry", "-dry-run", importedReport + "dry run, nothing was written: " + counts + "\n", 1},
		{"dry again", "-dry-run -wrap now", importedReport + "dry run, nothing was written: " + counts + "\n", 1},
		{"in earnest", "-wrap now", importedReport + counts + "; 1 weak hashes wrapped\n", 1},
		{"again", "-wrap now", importedReport + "0 created, 0 changed, 2 kept, 4 not imported\n", 1},
	} {
		code, out, said := run(t, "", append([]string{"import", "-store", store, "-in", in}, strings.Fields(tt.args)...)...)
		equal(t, tt.name, code, tt.code)
		equal(t, tt.name, out, tt.want)
		if !strings.Contains(said, "some rows were not imported") || strings.Contains(said, "\r") {
			t.Errorf("%s: got %q", tt.name, said)
		}
	}
	code, out, _ = run(t, importedRows, "import", "-store", store, "-in", "-", "-json")
	out = anID.ReplaceAllString(out, "ID")
	equal(t, "for machines", code, 1)
	equal(t, "for machines", out, `{"line":1,"action":"kept","name":"ann","externalId":"1","id":"ID"}
{"line":2,"action":"refused","name":"bob","reason":"email: want one plain e-mail address"}
{"line":3,"action":"refused","name":"ANN","externalId":"2","reason":"name: the same name as line 1"}
{"line":4,"action":"refused","name":"cid","reason":"nmae: unknown field"}
{"line":6,"action":"refused","name":"dan","reason":"roles[0].role: no role \"Pilot\" in app"}
{"line":7,"action":"kept","name":"eve","id":"ID"}
{"summary":{"created":0,"changed":0,"kept":2,"refused":4,"wrapped":0}}
`)
}

// TestImportCommandRefused: a wrong flag, a file that cannot be read or a column that is
// unknown is told before anything is begun.
func TestImportCommandRefused(t *testing.T) {
	dir := t.TempDir()
	csv := write(t, filepath.Join(dir, "rows.CSV"), "name,nmae,roles.x.role\nann,,\n")
	rows := write(t, filepath.Join(dir, "rows"), `{"name": "ann"}`)
	store := "bolt:" + filepath.Join(dir, "db")
	for _, tt := range []struct{ name, args, want string }{
		{"no store", "-in " + rows, "-store is required, or -admin-socket of a server"},
		{"no file", "-store " + store, "-in is required"},
		{"no file for a server", "-admin-socket " + dir + "/none", "-in is required"},
		{"no server", "-in " + rows + " -admin-socket " + dir + "/none", "start the server, or name the store by -store"},
		{"a file that is not there", "-store " + store + " -in " + dir + "/none", "-in: open "},
		{"a format", "-store " + store + " -in " + rows + " -format xml", `-in: "xml" is no format: want jsonl or csv`},
		{"columns", "-store " + store + " -in " + csv + " -format csv", `-in: line 1: column 2, "nmae": unknown; column 3, "roles.x.role": unknown`},
		{"columns of a file whose name says what it is", "-store " + store + " -in " + csv, `-in: line 1: column 2, "nmae": unknown`},
		{"wrap", "-store " + store + " -in " + rows + " -wrap later", `-wrap: "later" is neither background nor now`},
		{"an actor like an account", "-store " + store + " -in " + rows + " -actor 7b1d3c1e-0000-4000-8000-000000000000", "-actor: it looks like the id of an account"},
	} {
		code, out, said := run(t, "", append([]string{"import"}, strings.Fields(tt.args)...)...)
		if code != 2 || out != "" || !strings.Contains(said, tt.want) || strings.Count(said, "\n") != 1 {
			t.Errorf("%s: got %d, %q, %q, want %q", tt.name, code, out, said, tt.want)
		}
	}
}

// TestImportCommandBatches: more rows than go together are told in their order, the
// refused ones among them, at the ends of batches too.
func TestImportCommandBatches(t *testing.T) {
	var rows, want strings.Builder
	for i := 1; i <= 2501; i++ {
		if i%500 <= 1 || i > 2498 {
			fmt.Fprintf(&rows, "{\"name\": \"u%d\", \"email\": \"x\"}\n", i)
			fmt.Fprintf(&want, "line %d: u%d: not imported: email: want one plain e-mail address\n", i, i)
			continue
		}
		fmt.Fprintf(&rows, "{\"name\": \"u%d\"}\n", i)
	}
	code, out, said := run(t, rows.String(), "import", "-store", "memory:", "-in", "-")
	equal(t, "the code", code, 1)
	refused := strings.Count(want.String(), "\n")
	equal(t, "the report", out, want.String()+fmt.Sprintf("%d created, 0 changed, 0 kept, %d not imported\n", 2501-refused, refused))
	if !strings.Contains(said, "some rows were not imported") {
		t.Errorf("got %q", said)
	}
}

// TestE2EImport: while a server holds the file the rows go over its socket, and who is
// imported logs in at once.
func TestE2EImport(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	store := []string{"-store", "bolt:" + path}
	w := newWorldOn(t, store...)
	in := write(t, filepath.Join(t.TempDir(), "rows"), `{"name": "moved", "email": "m@x.example", "mobile": "+491701234567", "passwordHash": "$raw$md5$password$hex:5f4dcc3b5aa765d61d8327deb882cf99", "roles": [{"application": "PB_Salesdemo", "role": "Auditor"}]}`)
	dry := admin(t, "", append([]string{"import", "-in", in, "-dry-run"}, store...)...)
	equal(t, "dry", dry, "dry run, nothing was written: 1 created, 0 changed, 0 kept, 0 not imported")
	equal(t, "in earnest", admin(t, "", append([]string{"import", "-in", in, "-wrap", "now"}, store...)...), "1 created, 0 changed, 0 kept, 0 not imported; 1 weak hashes wrapped")
	w.want(w.password("moved", "password"), enrolRequired)
	if err := os.Remove(path + ".sock/admin"); err != nil {
		t.Fatal(err)
	}
	code, _, said := run(t, "", append([]string{"import", "-in", in}, store...)...)
	if code != 2 || !strings.Contains(said, "has no administrative socket") {
		t.Errorf("a locked store: got %d, %q", code, said)
	}
}

// TestE2EImportKilled: an import that is killed in the middle is run again, and nothing
// is made twice or left out.
func TestE2EImportKilled(t *testing.T) {
	t.Parallel()
	const n = 20000
	var rows strings.Builder
	for i := range n {
		fmt.Fprintf(&rows, "{\"name\": \"u%d\", \"externalId\": \"%d\"}\n", i, i)
	}
	path := filepath.Join(t.TempDir(), "db")
	in := write(t, filepath.Join(t.TempDir(), "rows"), rows.String())
	p := spawn(t, "import", "-store", "bolt:"+path, "-in", in, "-json")
	eventually(t, "some rows", func() bool { return strings.Count(p.out.String(), "\n") > 100 })
	p.kill()
	told := strings.Count(p.out.String(), `"created"`)
	code, out, said := run(t, "", "import", "-store", "bolt:"+path, "-in", in)
	if code != 0 {
		t.Fatalf("again: got %d, %s", code, said)
	}
	var created, kept int
	if _, err := fmt.Sscanf(out, "%d created, 0 changed, %d kept, 0 not imported", &created, &kept); err != nil || created+kept != n || kept < told || kept == n {
		t.Errorf("again: got %q after %d were told, want them kept and the others created", out, told)
	}
	list := admin(t, "", "user", "list", "-store", "bolt:"+path)
	equal(t, "accounts", len(regexp.MustCompile(`(?m)^[0-9a-f-]{36}  u\d+ `).FindAllString(list, -1)), n)
}
