package token

import (
	"strconv"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/jsonobj"
)

// Claim is one member of the userinfo document. Value is the published form, which is a
// text always.
type Claim struct {
	Name, Value string

	json string // as in JSON; empty: as a text
}

// JSON returns the text of a JSON value that says the same as Value: yes and no as
// booleans, lists as arrays, the members of VGDeveloper as what their text says, dates as
// RFC 3339 has them, and all else as texts.
func (c Claim) JSON() string {
	if c.json == "" {
		return quote(c.Value)
	}
	return c.json
}

const dateLayout = "1/2/2006 3:04:05 PM" // M/d/yyyy h:mm:ss tt

// UserInfo returns the members that may be told, in the published order. vgUserId, the
// user name, is always among them. Dates are in UTC.
func UserInfo(p UserProfile, told Told, vgToken string) []Claim {
	u := userInfo{told: told}
	u.text("vgToken", vgToken)
	u.add("vgUserId", p.UserName, "")
	u.list("vgApplications", len(p.Applications), func(i int) string { return p.Applications[i].Name })
	u.list("vgRoles", len(p.Roles), func(i int) string { return p.Roles[i].Name })
	u.list("vgPermissions", len(p.Permissions), func(i int) string { return p.Permissions[i].Path })
	u.boolean("vgIsApproved", p.Approved)
	u.boolean("vgIsLocked", p.Locked)
	u.date("vgStartDate", p.Start)
	u.date("vgEndDate", orEnd(p.End))
	u.text("vgFirstname", p.FirstName)
	u.text("vgLastname", p.LastName)
	u.text("vgEmail", p.Email)
	for _, a := range p.Attributes {
		if told.attribute(a.Name) {
			u.add(attributePrefix+a.Name, a.Value, "")
		}
	}
	u.json("vgDevApps", func() string { return list(p.Applications, devAppOf) })
	u.json("vgDevRoles", func() string { return DevRoles(p.Roles) })
	u.json("vgDevPermissions", func() string { return DevPermissions(p.Permissions) })
	u.text("sub", p.UserName)
	return u.claims
}

// userInfo gathers the members.
type userInfo struct {
	told   Told
	claims []Claim
}

func (u *userInfo) add(name, value, json string) {
	u.claims = append(u.claims, Claim{name, value, json})
}

func (u *userInfo) text(name, value string) {
	if u.told.claim(name) {
		u.add(name, value, "")
	}
}

func (u *userInfo) boolean(name string, value bool) {
	if !u.told.claim(name) {
		return
	}
	published := "False"
	if value {
		published = "True"
	}
	u.add(name, published, strconv.FormatBool(value))
}

func (u *userInfo) date(name string, value time.Time) {
	if u.told.claim(name) {
		u.add(name, value.UTC().Format(dateLayout), quote(value.UTC().Format(time.RFC3339)))
	}
}

// list adds the names of n things.
func (u *userInfo) list(name string, n int, at func(int) string) {
	if !u.told.claim(name) {
		return
	}
	names, json := make([]string, n), []byte{'['}
	for i := range n {
		if names[i] = at(i); i > 0 {
			json = append(json, ',')
		}
		json = jsonobj.AppendString(json, names[i])
	}
	u.add(name, strings.Join(names, ","), string(append(json, ']')))
}

// json adds a member whose published form is the text of a JSON value.
func (u *userInfo) json(name string, text func() string) {
	if u.told.claim(name) {
		value := text()
		u.add(name, value, value)
	}
}

func quote(s string) string { return string(jsonobj.AppendString(nil, s)) }
