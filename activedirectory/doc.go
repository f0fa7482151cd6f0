// Package activedirectory checks passwords in Active Directory, and reads there who
// somebody is and what groups they are in: the module WindowsByCredential of the engine.
//
//	dir, err := activedirectory.New(ctx, activedirectory.Config{
//		Controllers:    []string{"ldaps://dc1.corp.example.com", "ldaps://dc2.corp.example.com"},
//		Base:           "DC=corp,DC=example,DC=com",
//		Reader:         "sallyport@corp.example.com",
//		ReaderPassword: password,
//		Roles: []activedirectory.GroupRole{
//			{Group: "S-1-5-21-1004336348-1177238915-682003330-1604", Role: "Auditor"},
//		},
//	})
//	engine, err := sallyport.New(ctx, sallyport.Config{
//		Modules: map[string]sallyport.Module{"WindowsByCredential": dir},
//	})
//
// # One connection a call
//
// Each call opens one connection to one controller and closes it: the reader binds, the
// account is looked for, its owner binds, and only after a right password the reader
// binds again and reads the account. Nothing stays open between calls. A bind that was
// sent and is not answered cannot be told from one that was never looked at, and must not
// be sent again, so a connection that somebody else may have closed meanwhile is of no
// use for it.
//
// # What a stranger can learn
//
// A wrong password and a name that nobody has take the same round trips: for such a name
// a random GUID is bound. Where the account of the name is one miss from being locked by
// the domain, the same is done for it, so that nobody locks people out of Windows here.
//
// # Other directories
//
// A server that is no Active Directory, such as OpenLDAP, is told by its root entry. There
// a name is the uid of an entry below the base, the entryUUID stands for objectGUID, and
// nested groups are followed by member and uniqueMember.
package activedirectory
