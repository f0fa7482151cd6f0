package sallyporttest_test

import (
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// FuzzPage reads a page of a host, whatever it is, and sends each of its forms that
// has a name as it stands: the text is in lines without blanks around them, and what
// cannot be sent is a complaint.
func FuzzPage(f *testing.F) {
	f.Add("<title>Sign in</title><form id=a method=post action=/to><label>Name<input name=n></label><button>Go</button></form>")
	f.Add(twoForms)
	f.Add("<form id=a action='http://['><select name=s multiple><option selected>1<option disabled>2</select><textarea form=a name=t>\nx</textarea>")
	f.Add("<table><form id=a><tr><td><input name=x form=b><template><form id=c></form></template></table><base href=//x><a href=otpauth://totp/a?secret=x>app</a>")
	p := &probe{TB: t} // a test of its own: the kit outlives each input
	kit := sallyporttest.New(p)
	f.Fuzz(func(t *testing.T, body string) {
		p.run(func(testing.TB) {
			page := kit.Browser(showing(body)).Open("/")
			for line := range strings.Lines(page.Text) {
				if line = strings.TrimSuffix(line, "\n"); strings.Join(strings.Fields(line), " ") != line || line == "" {
					t.Errorf("got the line %q in the text, want no blanks too many", line)
				}
			}
		})
		for _, name := range []string{"a", "b", "first", "second"} {
			p.run(func(testing.TB) { kit.Browser(showing(body)).Open("/").Form(name).Submit("") })
		}
		p.run(func(testing.TB) { kit.Browser(showing(body)).Open("/").Authenticator() })
		p.complaints = nil
	})
}
