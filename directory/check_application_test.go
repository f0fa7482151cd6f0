package directory_test

import (
	"strings"
	"testing"
)

const (
	idA = "6f209594-fc04-4e96-9f9f-7daf57b0fb12"
	idB = "6f209594-fc04-4e96-9f9f-7daf57b0fb13"
)

func TestCheckApplications(t *testing.T) {
	for _, c := range []bound{
		{"two names", `[{"name": "A"}, {"name": "B"}]`, ""},
		{"one name twice", `[{"name": "A"}, {"name": "B"}, {"name": "a"}]`, "applications[2].name: the same name as applications[0].name"},
		{"two ids", `[{"id": "` + idA + `", "name": "A"}, {"id": "` + idB + `", "name": "B"}]`, ""},
		{"one id twice", `[{"id": "` + idA + `", "name": "A"}, {"id": "` + strings.ToUpper(idA) + `", "name": "B"}]`, "applications[1].id: the same id as applications[0].id"},
		{"no id twice", `[{"name": "A"}, {"name": "B"}, {"id": "", "name": "C"}]`, ""},
	} {
		c.file = `{"applications": ` + c.file + `}`
		c.run(t)
	}
}

func TestCheckPermissions(t *testing.T) {
	const at, path = "applications[0].permissions", `: want a path such as "/folder/name"`
	long := strings.Repeat("p", 1023)
	for _, c := range []bound{
		{"one folder", `[{"path": "/a"}, {"path": "/a/b"}]`, ""},
		{"no slash before", `[{"path": "a"}]`, at + "[0].path" + path},
		{"a slash behind", `[{"path": "/a/"}]`, at + "[0].path" + path},
		{"a slash alone", `[{"path": "/"}]`, at + "[0].path" + path},
		{"two slashes", `[{"path": "/a//b"}]`, at + "[0].path" + path},
		{"none", `[{}]`, at + "[0].path: missing"},
		{"1024 characters", `[{"path": "/` + long + `"}]`, ""},
		{"1025 characters", `[{"path": "//` + long + `"}]`, at + "[0].path: longer than 1024 characters"},
		{"one path twice", `[{"path": "/a"}, {"path": "/A"}]`, at + "[1].path: the same path as " + at + "[0].path"},
		{"one id twice", `[{"id": "` + idA + `", "path": "/a"}, {"id": "` + idA + `", "path": "/b"}]`, at + "[1].id: the same id as " + at + "[0].id"},
		{"no id", `[{"id": "7", "path": "/a"}]`, at + `[0].id: not a UUID such as "` + idA + `"`},
		{"a description", `[{"path": "/a", "description": "` + strings.Repeat("é", 1024) + `"}]`, ""},
		{"a long description", `[{"path": "/a", "description": "` + strings.Repeat("é", 1025) + `"}]`, at + "[0].description: longer than 1024 characters"},
		{"lines in a description", `[{"path": "/a", "description": "a\nb"}]`, at + "[0].description: holds a control character"},
	} {
		c.file = `{"applications": [{"name": "A", "permissions": ` + c.file + `}]}`
		c.run(t)
	}
}

func TestCheckRoles(t *testing.T) {
	const at = "applications[0].roles"
	long := strings.Repeat("x", 1024)
	for _, c := range []bound{
		{"two names", `[{"name": "R"}, {"name": "S"}]`, ""},
		{"one name twice", `[{"name": "R"}, {"name": "r"}]`, at + "[1].name: the same name as " + at + "[0].name"},
		{"one id twice", `[{"id": "` + idA + `", "name": "R"}, {"id": "` + idA + `", "name": "S"}]`, at + "[1].id: the same id as " + at + "[0].id"},
		{"no id", `[{"id": "7", "name": "R"}]`, at + `[0].id: not a UUID such as "` + idA + `"`},
		{"a name like an id", `[{"name": "` + idA + `"}]`, at + "[0].name: looks like an id"},
		{"permissions", `[{"name": "R", "permissions": ["/q", "/P"]}]`, ""},
		{"a permission twice", `[{"name": "R", "permissions": ["/p", "/q", "/P"]}]`, at + "[0].permissions[2]: stands twice"},
		{"no such permission", `[{"name": "R", "permissions": ["/r"]}]`, at + `[0].permissions[0]: no permission "/r" in this application`},
		{"an unknown one of 1024 characters", `[{"name": "R", "permissions": ["` + long + `"]}]`, at + `[0].permissions[0]: no permission "` + long[:64] + `" in this application`},
		{"one of 1025 characters", `[{"name": "R", "permissions": ["` + long + `x"]}]`, at + "[0].permissions[0]: longer than 1024 characters"},
		{"an empty permission", `[{"name": "R", "permissions": [""]}]`, at + "[0].permissions[0]: missing"},
	} {
		c.file = `{"applications": [{"name": "A", "permissions": [{"path": "/p"}, {"path": "/q"}], "roles": ` + c.file + `}]}`
		c.run(t)
	}
}

// TestCheckReferences: applications and roles are found by id and by name, roles
// in their own application alone.
func TestCheckReferences(t *testing.T) {
	const at = "users[0].roles[0]"
	for _, c := range []struct{ name, application, role, want string }{
		{"by names", "one", "reader", ""},
		{"by ids", strings.ToUpper(idA), strings.ToUpper(idB), ""},
		{"the second", "Two", "Writer", ""},
		{"a role of another application", "Two", "Reader", at + `.role: no role "Reader" in application "Two" of the file`},
		{"the id of such a role", "Two", idB, at + `.role: no role "` + idB + `" in application "Two" of the file`},
		{"an id for an application", idB, "Reader", at + `.application: no application "` + idB + `" in the file`},
		{"an unknown name", "Three", "Reader", at + `.application: no application "Three" in the file`},
		{"no application", "", "Reader", at + ".application: missing"},
		{"no role", "One", "", at + ".role: missing"},
		{"no application, and an unknown role", "", "Boss", at + ".application: missing"},
		{"a bad application, and an unknown role", " One", "Boss", at + ".application: begins or ends with a space"},
		{"an unknown application and role", "Three", "Boss", at + `.application: no application "Three" in the file`},
		{"a bad application", " One", "Reader", at + ".application: begins or ends with a space"},
		{"a bad role", "One", "Reader ", at + ".role: begins or ends with a space"},
		{"64 characters", strings.Repeat("x", 64), "Reader", at + `.application: no application "` + strings.Repeat("x", 64) + `" in the file`},
		{"65 characters", strings.Repeat("x", 65), "Reader", at + ".application: longer than 64 characters"},
		{"a role of 65", "One", strings.Repeat("x", 65), at + ".role: longer than 64 characters"},
	} {
		bound{c.name, `{"applications": [{"id": "` + idA + `", "name": "One", "roles": [{"id": "` + idB + `", "name": "Reader"}]}, {"name": "Two", "roles": [{"name": "Writer"}]}],
			"users": [{"name": "ann", "roles": [{"application": "` + c.application + `", "role": "` + c.role + `"}]}]}`, c.want}.run(t)
	}
}
