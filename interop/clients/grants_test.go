package clients_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/interop/internal/served"
)

// spaOrigin is that of the pages of the SPA.
const spaOrigin = "https://app.example.com"

// codeIn are the blocks of a language in docs/grants.md.
func codeIn(t *testing.T, language string) (blocks []string) {
	t.Helper()
	raw, err := os.ReadFile("../../docs/grants.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(raw), -1) {
		blocks = append(blocks, m[1])
	}
	if len(blocks) == 0 {
		t.Fatalf("docs/grants.md has no block of %s", language)
	}
	return blocks
}

// run runs a program to its end, and returns what it printed.
func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), served.Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", name, err, out, said.String())
	}
	return string(out)
}

// byDotnet compiles the C# of docs/grants.md with a program around it, and runs it.
func byDotnet(t *testing.T, s *served.Server, second elsewhere, user string) []string {
	served.NeedDotnet(t)
	served.NeedPictures(t)
	dir := t.TempDir()
	page, program := filepath.Join(dir, "Grants.cs"), filepath.Join(dir, "grants.exe")
	if err := os.WriteFile(page, []byte(strings.Join(codeIn(t, "csharp"), "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, nil, "mcs", "-warnaserror+", "-out:"+program, "-r:System.Net.Http", "-r:System.Runtime.Serialization", page, "../dotnet/Program.cs")
	return stepsIn(run(t, second.env(s, user), "mono", program))
}

// byAngular checks the TypeScript of docs/grants.md, compiles it, and runs it with the
// HttpClient of Angular.
func byAngular(t *testing.T, s *served.Server, second elsewhere, user string) []string {
	served.NeedNode(t)
	served.NeedPictures(t)
	modules, err := filepath.Abs("../node/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(modules, ".grants-") // from where the packages are found
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	page := filepath.Join(dir, "grants.mts")
	if err := os.WriteFile(page, []byte(strings.Join(codeIn(t, "ts"), "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, nil, "node", filepath.Join(modules, "typescript", "bin", "tsc"), "--strict", "--target", "es2022", "--module", "es2022",
		"--moduleResolution", "bundler", "--experimentalDecorators", "--skipLibCheck", page)
	env := append(second.env(s, user), s.Env("SPA", user)...) // of two, the later stands
	return stepsIn(served.Script(t, "node/clients/angular.mjs", append(env, "ORIGIN="+spaOrigin, "GRANTS="+filepath.Join(dir, "grants.mjs"))...))
}
