package sallyporttest

import (
	"slices"
	"testing"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/token"
)

// What a kit is made of, unless an option says otherwise. An issuer that is not
// a loopback address wants a client with a longer secret, see [WithDirectory].
const (
	Issuer          = "http://localhost:5000"
	ApplicationID   = "6f209594-fc04-4e96-9f9f-7daf57b0fb12"
	ApplicationName = "PB_Salesdemo"
	RoleName        = "Auditor" // may read addresses
	ManagerName     = "Manager" // may read and write them
	ReadPath        = "/PowerServer/Address/CanReadAddress"
	WritePath       = "/PowerServer/Address/CanWriteAddress"

	ClientID       = ApplicationID + "_Native" // confidential
	ClientSecret   = "secret"
	PublicClientID = ApplicationID + "_SPA"    // without a secret
	PublicOrigin   = "https://app.example.com" // the origin of its pages, which the kit's calls over HTTP send
)

// Directory is what a kit applies before anything else: one application with
// two roles, a confidential and a public client that may have every scope, no
// user, and the default policy. The caller owns it.
func Directory() directory.File {
	grants := []string{token.GrantVGAuthenticator, token.GrantRefreshToken}
	return directory.File{
		Applications: []directory.Application{{
			ID: ApplicationID, Name: ApplicationName,
			Permissions: []directory.Permission{
				{Path: ReadPath, Description: "May read addresses"},
				{Path: WritePath, Description: "May write addresses"},
			},
			Roles: []directory.Role{
				{Name: RoleName, Permissions: []string{ReadPath}},
				{Name: ManagerName, Permissions: []string{ReadPath, WritePath}},
			},
		}},
		Clients: []directory.Client{
			{
				Application: ApplicationName, Platform: string(token.Native), GrantTypes: grants, Scopes: token.KnownScopes(),
				Secrets: []directory.Secret{{Value: ClientSecret}},
			},
			{
				Application: ApplicationName, Platform: string(token.SPA), GrantTypes: slices.Clone(grants), Scopes: token.KnownScopes(),
				Public: true, CORSOrigins: []string{PublicOrigin},
			},
		},
	}
}

// Apply changes the directory of the kit and applies the whole of it, as an
// operator does who edits the file: a user is disabled here, a policy made
// stricter. edit may be nil. What the engine refuses fails the test at once.
//
// Passwords and other credentials serve only where the CredentialsVersion of
// their entry rises.
func (k *Kit) Apply(t testing.TB, edit func(*directory.File)) directory.Report {
	t.Helper()
	k.dir.mu.Lock()
	defer k.dir.mu.Unlock()
	if edit != nil {
		edit(&k.dir.whole)
	}
	return k.apply(t, k.dir.whole)
}

// EditUser is [Kit.Apply] with a change to one user, who must be there.
func (k *Kit) EditUser(t testing.TB, name string, edit func(*directory.User)) {
	t.Helper()
	k.Apply(t, func(d *directory.File) {
		i := k.dir.user(name)
		if i < 0 {
			t.Fatalf("sallyporttest: got no user %q in the directory, want one to edit", name)
		}
		edit(&d.Users[i])
	})
}

// apply is called under the lock of the directory.
func (k *Kit) apply(t testing.TB, d directory.File) directory.Report {
	t.Helper()
	report, err := k.Engine.Apply(t.Context(), d, directory.Options{})
	if err != nil {
		t.Fatalf("sallyporttest: applying the directory: %v", err)
	}
	k.dir.learn(report)
	return report
}
