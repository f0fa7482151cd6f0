package wire_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/quick"

	"github.com/sallyport-auth/sallyport/wire"
)

func TestUserInfoOrder(t *testing.T) {
	u := decodeUserInfo(t, golden(t, goldenUserInfo))
	if len(u) != 39 || u[0].Name != "vgToken" || u[1].Name != "vgUserId" || u[38] != (wire.Claim{Name: "sub", Value: "admin"}) {
		t.Errorf("got %d claims from %q, %q to %v; want 39 from vgToken, vgUserId to sub", len(u), u[0].Name, u[1].Name, u[len(u)-1])
	}
	backwards := slices.Clone(u)
	slices.Reverse(backwards)
	if got := decodeUserInfo(t, []byte(encode(t, backwards))); !reflect.DeepEqual(got, backwards) {
		t.Errorf("got %v, want %v", got, backwards)
	}
}

func TestUserInfoGet(t *testing.T) {
	u := wire.UserInfo{{Name: "vgEmail", Value: "a@b"}, {Name: "vgFirstname", Value: ""}}
	tests := []struct {
		name, value string
		ok          bool
	}{
		{"vgEmail", "a@b", true},
		{"vgFirstname", "", true},
		{"vgemail", "", false},
		{"sub", "", false},
	}
	for _, test := range tests {
		if value, ok := u.Get(test.name); value != test.value || ok != test.ok {
			t.Errorf("Get(%q): got %q, %t, want %q, %t", test.name, value, ok, test.value, test.ok)
		}
	}
}

func TestUserInfoRefuses(t *testing.T) {
	tests := []struct{ name, body string }{
		{"nothing", ``},
		{"null", `null`},
		{"array", `[]`},
		{"string", `"sub"`},
		{"number value", `{"sub":1}`},
		{"boolean value", `{"vgIsLocked":true}`},
		{"null value", `{"sub":null}`},
		{"array value", `{"vgRoles":["a"]}`},
		{"object value", `{"vgDevApps":{}}`},
		{"repeated claim", `{"sub":"a","vgUserId":"a","sub":"a"}`},
		{"repeated claim, escaped", `{"sub":"a","s\u0075b":"a"}`},
		{"two documents", `{"sub":"a"}{"sub":"b"}`},
		{"cut short", `{"sub":"a"`},
		{"bad UTF-8", "{\"sub\":\"\xff\"}"},
	}
	for _, test := range tests {
		u := wire.UserInfo{{Name: "old", Value: "old"}}
		if err := wire.Decode([]byte(test.body), &u); err == nil || len(u) != 1 {
			t.Errorf("%s: Decode: got %v, error %v, want an error alone", test.name, u, err)
		}
		if err := u.UnmarshalJSON([]byte(test.body)); err == nil || len(u) != 1 {
			t.Errorf("%s: UnmarshalJSON: got %v, error %v, want an error alone", test.name, u, err)
		}
	}
}

// TestUserInfoByStandardLibrary shows that the type keeps its rules when it is
// part of somebody else's document.
func TestUserInfoByStandardLibrary(t *testing.T) {
	type host struct{ User wire.UserInfo }
	const doc = `{"User":{"b":"1","a":""}}`
	var h host
	if err := json.Unmarshal([]byte(doc), &h); err != nil {
		t.Fatal(err)
	}
	if want := (wire.UserInfo{{Name: "b", Value: "1"}, {Name: "a", Value: ""}}); !reflect.DeepEqual(h.User, want) {
		t.Errorf("got %v, want %v", h.User, want)
	}
	if got, err := json.Marshal(h); err != nil || string(got) != doc {
		t.Errorf("got %s (%v), want %s", got, err, doc)
	}
}

func TestUserInfoRandomRoundTrip(t *testing.T) {
	round := roundTrips[wire.UserInfo](t)
	distinct := func(u wire.UserInfo) bool {
		for i := range u {
			u[i].Name = fmt.Sprint(i, u[i].Name)
		}
		return round(u)
	}
	if err := quick.Check(distinct, &quick.Config{MaxCount: 100}); err != nil {
		t.Fatal("see above")
	}
}

// TestEmbeddedGolden takes the three published texts apart and puts them
// together again, byte for byte.
func TestEmbeddedGolden(t *testing.T) {
	u := decodeUserInfo(t, golden(t, goldenUserInfo))
	embedded(t, u, "vgDevApps", &[]wire.DevApp{})
	embedded(t, u, "vgDevRoles", &[]wire.DevRole{})
	embedded(t, u, "vgDevPermissions", &[]wire.DevPermission{})
}

func embedded(t *testing.T, u wire.UserInfo, claim string, list any) {
	t.Helper()
	text, ok := u.Get(claim)
	if !ok {
		t.Fatalf("%s: got no claim, want one", claim)
	}
	if err := wire.Decode([]byte(text), list); err != nil {
		t.Fatalf("%s: %v", claim, err)
	}
	if got := encode(t, list); got != text {
		t.Errorf("%s:\ngot  %s\nwant %s", claim, got, text)
	}
}

func TestEmbeddedFields(t *testing.T) {
	u := decodeUserInfo(t, golden(t, goldenUserInfo))
	var roles []wire.DevRole
	text, _ := u.Get("vgDevRoles")
	if err := wire.Decode([]byte(text), &roles); err != nil {
		t.Fatal(err)
	}
	want := wire.DevRole{
		ID: "30ebc3f1-8c0c-4b93-a8ba-d7e41e11c81d", Name: "Auditor", IsActive: true, IsContextual: true,
		ProfileValues: []wire.DevProfileValue{{
			Name: "RoleBoolean", ID: "9d4625a6-5522-48c7-9f1a-4a396cf5c115", Value: "False",
			ProfileAttributeID: "faa7ec69-4c67-486f-be4a-665fea29f458", LastModification: "2021-10-13T11:42:58.58",
		}},
		ApplicationID: "00000000-0000-0000-0000-000000000000",
	}
	if len(roles) != 2 || !reflect.DeepEqual(roles[0], want) {
		t.Errorf("got %+v, want two roles, the first %+v", roles, want)
	}
}

// TestEmbeddedInClaim goes the way of a server: list, text, claim, document.
func TestEmbeddedInClaim(t *testing.T) {
	about := `says "<hello>"`
	role := []wire.DevRole{{Name: "R&D", Description: &about}}
	u := wire.UserInfo{{Name: "vgDevRoles", Value: encode(t, role)}}
	got := encode(t, u)
	if !strings.Contains(got, `\"Name\":\"R&D\"`) || !strings.Contains(got, `\"Description\":\"says \\\"<hello>\\\"\"`) {
		t.Errorf("got %s, want the text of the role escaped once more", got)
	}
	var back []wire.DevRole
	text, _ := decodeUserInfo(t, []byte(got)).Get("vgDevRoles")
	if err := wire.Decode([]byte(text), &back); err != nil {
		t.Fatal(err)
	}
	if len(back) != 1 || back[0].Name != "R&D" || back[0].Description == nil || *back[0].Description != about {
		t.Errorf("got %+v, want %+v", back, role)
	}
}

func TestEmbeddedAttributesAreKept(t *testing.T) {
	const text = `{"Id":"","FolderId":"","Name":"","FullName":"","Description":"","Attributes":[{"Any":[1.50,null]},"x",null]}`
	var p wire.DevPermission
	if err := wire.Decode([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	if got := encode(t, p); got != text {
		t.Errorf("got %s, want %s", got, text)
	}
}
