package sallyporttest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// htmlType is the type of a page.
const htmlType = "text/html; charset=utf-8"

// showing is a handler with one page at "/" that tells at every other path what it
// was sent.
func showing(page string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			w.Header().Set("Content-Type", htmlType)
			io.WriteString(w, page)
			return
		}
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s", r.Method, r.RequestURI, body)
	})
}

// TestForms: what a browser sends of a form, in its order.
func TestForms(t *testing.T) {
	post := func(fields string) string {
		return `<form method="post" action="/to">` + fields + `<button>Go</button></form>`
	}
	for _, tt := range []struct {
		name, page string
		do         func(f *sallyporttest.Form) *sallyporttest.Page
		want       string
	}{
		{"a field by its name", post(`<input name=a value=old>`), func(f *sallyporttest.Form) *sallyporttest.Page { return f.Fill("a", "new").Submit("Go") }, "POST /to a=new"},
		{"a field by its label", post(`<label for=x>Your  name</label><input id=x name=a>`), func(f *sallyporttest.Form) *sallyporttest.Page {
			return f.Fill("Your name", "B&C é").Submit("Go")
		}, "POST /to a=B%26C+%C3%A9"},
		{"a field by the label around it", post(`<label>Name <input name=a></label>`), func(f *sallyporttest.Form) *sallyporttest.Page { return f.Fill("Name", "x").Submit("Go") }, "POST /to a=x"},
		{"a label for another field", post(`<label for=x>Name <input name=a></label><input id=x name=b>`), func(f *sallyporttest.Form) *sallyporttest.Page {
			return f.Fill("Name", "1").Submit("Go")
		}, "POST /to a=&b=1"},
		{"a field by aria", post(`<b id=q>Hers</b><input name=a aria-labelledby="none q"><input name=b aria-label="His">`), func(f *sallyporttest.Form) *sallyporttest.Page {
			return f.Fill("Hers", "1").Fill("His", "2").Submit("Go")
		}, "POST /to a=1&b=2"},
		{"a field by its id", post(`<input id=one name=a><input id=two name=a>`), func(f *sallyporttest.Form) *sallyporttest.Page { return f.Fill("two", "x").Submit("Go") }, "POST /to a=&a=x"},
		{"hidden fields", post(`<input type=hidden name=nonce value=n1><input name=a>`), func(f *sallyporttest.Form) *sallyporttest.Page { return f.Submit("Go") }, "POST /to nonce=n1&a="},
		{"lines", post(`<textarea name=a>` + "\nold</textarea>"), func(f *sallyporttest.Form) *sallyporttest.Page { return f.Fill("a", "x\ny\r\nz").Submit("Go") }, "POST /to a=x%0D%0Ay%0D%0Az"},
		{"lines left alone", post(`<textarea name=a>` + "\nold</textarea><textarea name=b></textarea>"), func(f *sallyporttest.Form) *sallyporttest.Page { return f.Submit("Go") }, "POST /to a=old&b="},
		{"a box left alone", post(`<input type=checkbox name=a><input type=checkbox name=b checked>`), func(f *sallyporttest.Form) *sallyporttest.Page { return f.Submit("Go") }, "POST /to b=on"},
		{"boxes", post(`<label><input type=checkbox name=a value=yes> Add it</label><input type=checkbox name=b checked>`), func(f *sallyporttest.Form) *sallyporttest.Page {
			return f.Tick("Add it").Untick("b").Submit("Go")
		}, "POST /to a=yes"},
		{"radio buttons", post(`<input type=radio name=a value=1 checked><label><input type=radio name=a value=2>Two</label><input type=radio name=b value=3>`), func(f *sallyporttest.Form) *sallyporttest.Page {
			return f.Choose("a", "Two").Choose("b", "3").Submit("Go")
		}, "POST /to a=2&b=3"},
		{"a list left alone", post(`<select name=a><option disabled>Pick<option value=1>One<option>Two</select>`), func(f *sallyporttest.Form) *sallyporttest.Page { return f.Submit("Go") }, "POST /to a=1"},
		{"a list with a group that is off", post(`<select name=a><optgroup disabled><option value=1>One</optgroup><option>Two</select>`), func(f *sallyporttest.Form) *sallyporttest.Page { return f.Submit("Go") }, "POST /to a=Two"},
		{"a list", post(`<label>N<select name=a><option value=1 selected>One<option>Two and  more</select></label>`), func(f *sallyporttest.Form) *sallyporttest.Page {
			return f.Choose("N", "Two and more").Submit("Go")
		}, "POST /to a=Two+and+more"},
		{"a list with two selected", post(`<select name=a><option selected>1<option selected>2</select><div disabled><input name=b></div>`), func(f *sallyporttest.Form) *sallyporttest.Page {
			return f.Submit("Go")
		}, "POST /to a=2&b="},
		{"a list, upwards", post(`<select name=a><option>1<option selected>2</select>`), func(f *sallyporttest.Form) *sallyporttest.Page { return f.Choose("a", "1").Submit("Go") }, "POST /to a=1"},
		{"a list by value", post(`<select name=a><option value=1>One<option value=2>Two</select>`), func(f *sallyporttest.Form) *sallyporttest.Page { return f.Choose("a", "2").Submit("Go") }, "POST /to a=2"},
		{"a list of several", post(`<select name=a multiple><option selected>1<option>2<option>3</select>`), func(f *sallyporttest.Form) *sallyporttest.Page { return f.Choose("a", "3").Submit("Go") }, "POST /to a=1&a=3"},
		{"several of which none", post(`<select name=a multiple><option>1</select>`), func(f *sallyporttest.Form) *sallyporttest.Page { return f.Submit("Go") }, "POST /to "},
		{"what is not sent", post(`<input name=a disabled><fieldset disabled><input name=b></fieldset><input value=c><input type=file name=d><input type=reset name=e><button type=button name=f>x</button><datalist><input name=g></datalist><template><input name=h></template>`),
			func(f *sallyporttest.Form) *sallyporttest.Page { return f.Submit("Go") }, "POST /to "},
		{"one of several buttons", post(`<button name=decision value=approve>It was me</button><button name=decision value=deny>This wasn’t me</button>`), func(f *sallyporttest.Form) *sallyporttest.Page {
			return f.Submit("This wasn't me")
		}, "POST /to decision=deny"},
		{"a button of its own way", post(`<input name=a value=1><input type=submit value=Other name=b formaction="/else?x=2" formmethod=get>`), func(f *sallyporttest.Form) *sallyporttest.Page {
			return f.Submit("Other")
		}, "GET /else?a=1&b=Other "},
		{"enter", `<form action=/to><input name=q>`, func(f *sallyporttest.Form) *sallyporttest.Page { return f.Fill("q", "x y").Submit("") }, "GET /to?q=x+y "},
		{"enter at the only button", `<form action="/to?old=1"><input name=q><input type=submit name=b></form>`, func(f *sallyporttest.Form) *sallyporttest.Page { return f.Submit("") }, "GET /to?q=&b= "},
		{"a field outside", `<form id=f action=/to method=POST><button>Go</button></form><input form=f name=a value=1><input form=g name=b value=2>`, func(f *sallyporttest.Form) *sallyporttest.Page { return f.Submit("Go") }, "POST /to a=1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := sallyporttest.New(t).Browser(showing(tt.page)).Open("/")
			equal(t, "sent", tt.do(page.Form()).Text, tt.want)
		})
	}
}

// TestFormKeeps: what was typed stays on the page, as after going back.
func TestFormKeeps(t *testing.T) {
	page := sallyporttest.New(t).Browser(showing(`<form action=/to method=post><input name=a value=old><input type=hidden name=n value=1><button>Go</button></form>`)).Open("/")
	equal(t, "value", page.Form().Value("a"), "old")
	page.Form().Fill("a", "new").Submit("")
	equal(t, "value", page.Form().Value("a"), "new")
	equal(t, "hidden value", page.Form().Value("n"), "1")
	equal(t, "sent again", page.Form().Submit("").Text, "POST /to a=new&n=1")
}

// twoForms is a page whose forms have fields and buttons of the same names.
const twoForms = `<h1>Both</h1><form id=first action=/one method=post><label for=c1>Mailed code</label><input id=c1 name=code><button>Confirm</button></form>
<form name=second action=/two method=post><label for=c2>App code</label><input id=c2 name=code readonly value=x><button>Confirm</button><button disabled>Never</button></form>`

// TestFormAmongOthers: a form is found by what it alone has.
func TestFormAmongOthers(t *testing.T) {
	page := sallyporttest.New(t).Browser(showing(twoForms)).Open("/")
	for _, tt := range []struct {
		with []string
		want string
	}{
		{[]string{"first"}, "/one"}, {[]string{"second"}, "/two"}, {[]string{"/two"}, "/two"}, {[]string{"c1"}, "/one"},
		{[]string{"App  code"}, "/two"}, {[]string{"Never"}, "/two"}, {[]string{"Confirm", "Mailed code"}, "/one"},
	} {
		if got := page.Form(tt.with...).Submit("Confirm").Text; !strings.Contains(got, tt.want) {
			t.Errorf("form with %q: got %q, want it sent to %s", tt.with, got, tt.want)
		}
	}
}

// TestFormComplains: what cannot be done ends the test and says what there is.
func TestFormComplains(t *testing.T) {
	const fields = `<form action=/to method=post><input name=a disabled><input type=checkbox name=box><select name=s><option>One</select><input type=radio name=r value=1></form>`
	for _, tt := range []struct {
		name, page string
		do         func(p *sallyporttest.Page)
		want       string
	}{
		{"several forms", twoForms, func(p *sallyporttest.Page) { p.Form() }, `got 2 forms with [] on /, want one; the page has
	form post /one: text "code" "c1" "Mailed code"; submit "Confirm"
	form post /two: text "code" "c2" "App code"; submit "Confirm"; submit "Never"`},
		{"no such form", twoForms, func(p *sallyporttest.Page) { p.Form("Mailed code", "App code") }, "got 0 forms"},
		{"no form", `<p>x`, func(p *sallyporttest.Page) { p.Form() }, "want one; the page has none"},
		{"no such field", twoForms, func(p *sallyporttest.Page) { p.Form("first").Fill("Name", "x") }, `got 0 times a field to fill in "Name" on /, want it once; the form has
	text "code" "c1" "Mailed code"`},
		{"a field of another kind", fields, func(p *sallyporttest.Page) { p.Form().Fill("box", "x") }, `a field to fill in "box"`},
		{"a readonly field", twoForms, func(p *sallyporttest.Page) { p.Form("second").Fill("App code", "x") }, "which is readonly"},
		{"a disabled field", fields, func(p *sallyporttest.Page) { p.Form().Fill("a", "x") }, `"a" on / disabled`},
		{"no name", `<form><input></form>`, func(p *sallyporttest.Page) { p.Form().Fill("", "x") }, `got 0 times a field to fill in ""`},
		{"no such box", fields, func(p *sallyporttest.Page) { p.Form().Tick("a") }, `got 0 times a box "a"`},
		{"no such option", fields, func(p *sallyporttest.Page) { p.Form().Choose("s", "Two") }, `got no option "Two" in "s" on /, want one; it has ["One"]`},
		{"no such radio button", fields, func(p *sallyporttest.Page) { p.Form().Choose("r", "2") }, `got no option "2" in "r"`},
		{"a disabled option", `<form><select name=s><option disabled>One</select></form>`, func(p *sallyporttest.Page) { p.Form().Choose("s", "One") }, `got no option "One" in "s"`},
		{"an option of a disabled group", `<form><select name=s><optgroup disabled><option>One</optgroup></select></form>`, func(p *sallyporttest.Page) { p.Form().Choose("s", "One") }, `got no option "One" in "s"`},
		{"a disabled radio button", `<form><input type=radio name=r value=1 disabled></form>`, func(p *sallyporttest.Page) { p.Form().Choose("r", "1") }, `got no option "1" in "r"`},
		{"no such button", twoForms, func(p *sallyporttest.Page) { p.Form("first").Submit("Send") }, `got 0 buttons "Send"`},
		{"a disabled button", twoForms, func(p *sallyporttest.Page) { p.Form("second").Submit("Never") }, "one that is not disabled"},
		{"enter at two buttons", twoForms, func(p *sallyporttest.Page) { p.Form("second").Submit("") }, `got 2 buttons ""`},
		{"files", `<form action=/to method=post enctype=multipart/form-data>`, func(p *sallyporttest.Page) { p.Form().Submit("") }, "sent as multipart/form-data"},
		{"another method", `<form action=/to method=dialog>`, func(p *sallyporttest.Page) { p.Form().Submit("") }, "the method dialog"},
		{"to another host", `<form action=//elsewhere.example/to method=post>`, func(p *sallyporttest.Page) { p.Form().Submit("") }, "want one below " + sallyporttest.Issuer},
		{"an address that is none", `<form action="http://[" method=post>`, func(p *sallyporttest.Page) { p.Form().Submit("") }, "an address on / that cannot be read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			complain(t, tt.want, func(t testing.TB) { tt.do(sallyporttest.New(t).Browser(showing(tt.page)).Open("/")) })
		})
	}
}

// complain wants do to end its test with a complaint that holds a text.
func complain(t *testing.T, want string, do func(t testing.TB)) {
	t.Helper()
	p := &probe{TB: t}
	ended := true
	p.run(func(t testing.TB) {
		do(t)
		ended = false
	})
	if got := strings.Join(p.complaints, "\n"); !ended || !strings.Contains(got, want) {
		t.Errorf("got complaints %q and the test ended %t, want %q among them, and the end", got, ended, want)
	}
}
