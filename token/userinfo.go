package token

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// UserProfile is what userinfo can say of a user, as plain data. Lists keep their
// order. Nil lists are empty.
type UserProfile struct {
	UserName string
	Approved bool
	Locked   bool
	// Start and End bound the account's validity. A zero Start prints as the
	// first day of the calendar and a zero End as its last, which is how the
	// original writes "always" and "never".
	Start, End                 time.Time
	FirstName, LastName, Email string
	// Attributes are the user's own, empty ones included, in the order of the
	// directory.
	Attributes []Attribute
	// Applications are those in which the user has a role; Roles and
	// Permissions are those of the token's application.
	Applications []Application
	Roles        []Role
	Permissions  []Permission
}

// Attribute is a user attribute; its claim is vgUA_ followed by Name.
type Attribute struct{ Name, Value string }

// Application names an application. ID is its GUID in lower case.
type Application struct{ ID, Name string }

// Role is a granted role. An empty Application prints as the zero GUID.
type Role struct{ ID, Name, Application string }

// Permission is a granted permission. Path is its full name, such as
// /Folder/Name; Folder is the GUID of the folder and prints as the zero GUID
// when it is empty.
type Permission struct{ ID, Folder, Path, Description string }

const zeroGUID = "00000000-0000-0000-0000-000000000000"

var endOfTime = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// DevRoles returns roles as the claim vgDevRoles has them: the text of a JSON array.
func DevRoles(roles []Role) string { return list(roles, devRoleOf) }

// DevPermissions returns permissions as the claim vgDevPermissions has them.
func DevPermissions(permissions []Permission) string { return list(permissions, devPermissionOf) }

// The shapes of the developer members, their keys in the published order.
// Unlike the outer document they keep nulls. Fields for which there is no
// source here hold the value that the original has for "nothing".
type (
	devApp struct {
		ID   string `json:"ApplicationId"`
		Name string `json:"ApplicationName"`
	}
	devRole struct {
		ID                   string   `json:"Id"`
		Name                 string   `json:"Name"`
		IsMembershipRole     bool     `json:"IsMembershipRole"`
		IsAdministrationRole bool     `json:"IsAdministrationRole"`
		IsActive             bool     `json:"IsActive"`
		IsContextual         bool     `json:"IsContextual"`
		IsSharedRole         bool     `json:"IsSharedRole"`
		ProfileValues        []string `json:"ProfileValues"` // always empty
		Description          *string  `json:"Description"`   // always null
		CanBeGrantedToUser   bool     `json:"CanBeGrantedToUser"`
		CanBeGrantedToGroup  bool     `json:"CanBeGrantedToGroup"`
		IsDefault            bool     `json:"IsDefault"`
		IsAnonymous          bool     `json:"IsAnonymous"`
		Application          string   `json:"ApplicationId"`
	}
	devPermission struct {
		ID          string   `json:"Id"`
		Folder      string   `json:"FolderId"`
		Name        string   `json:"Name"`
		FullName    string   `json:"FullName"`
		Description string   `json:"Description"`
		Attributes  []string `json:"Attributes"` // always empty
	}
)

func devAppOf(a Application) devApp { return devApp(a) }

func devRoleOf(r Role) devRole {
	return devRole{ID: r.ID, Name: r.Name, IsActive: true, ProfileValues: []string{}, Application: guid(r.Application)}
}

func devPermissionOf(p Permission) devPermission {
	name := p.Path[strings.LastIndexByte(p.Path, '/')+1:]
	return devPermission{
		ID: p.ID, Folder: guid(p.Folder), Name: name, FullName: p.Path,
		Description: p.Description, Attributes: []string{},
	}
}

// list writes a JSON array. The shapes above hold nothing that JSON cannot
// write, so there is no error to hand on.
func list[T, D any](from []T, shape func(T) D) string {
	out := make([]D, 0, len(from))
	for _, v := range from {
		out = append(out, shape(v))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(out)
	return strings.TrimSuffix(b.String(), "\n")
}

func orEnd(t time.Time) time.Time {
	if t.IsZero() {
		return endOfTime
	}
	return t
}

func guid(s string) string {
	if s == "" {
		return zeroGUID
	}
	return s
}
