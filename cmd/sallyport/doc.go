// Command sallyport serves the authentication engine of package sallyport: for
// trying it out, and for programs that speak its HTTP API and do not embed it.
//
//	sallyport demo    a server with users and an outbox, and curl lines to paste
//	sallyport serve   the server
//	sallyport apply   puts a directory file into a store
//	sallyport import  makes accounts of the rows of a file
//	sallyport user    lists, makes, changes, unlocks and deletes users
//	sallyport role    lists, makes and deletes roles
//	sallyport client  lists, makes, changes and deletes clients, and rotates secrets
//	sallyport resource
//	                  lists, makes and deletes what scopes stand for
//	sallyport application
//	                  lists and makes applications
//	sallyport end-sessions
//	                  ends all sessions there are, at once
//	sallyport inspect prints the records of a store, and no secret
//	sallyport key     lists, rotates, imports and retires signing keys
//	sallyport doctor  reads a whole bbolt file and says what is damaged
//	sallyport breached
//	                  makes a filter of a list of published passwords, and tries it
//	sallyport status  what a status means, why it comes and what to do next
//	sallyport code    the present code of an authenticator, from its key
//	sallyport version
//
// Each command lists its flags with -h. Secrets are read from files and from
// standard input and never from the command line.
//
// # Serving
//
//	sallyport serve -store bolt:/var/lib/sallyport/db -directory users.json -issuer https://id.example.com
//
// The store is one bbolt file, sealed by the keys in the file beside it
// (-key-file, by default the store's path with ".keys" added). Keep a copy of
// the keys apart from those of the store: neither opens anything without the
// other. The key file is made with a new store; a store that holds something
// is never given new keys.
//
// -listen localhost:PORT listens on both loopback addresses, with one port.
// Requests arrive below the path of the issuer; where a proxy strips that path or
// the beginning of it, -base-path says what is left of it, such as nothing:
//
//	sallyport serve -issuer https://example.com/auth -base-path "" …
//
// Several nodes share one PostgreSQL database and one key file:
//
//	sallyport serve -store 'postgres://sallyport@db.example.com/auth?sslmode=verify-full' -key-file keys …
//
// The node that finds the database empty makes the key file; copy it to the
// others before they start. A password for the database stands in the file that
// PGPASSFILE names, or in the URL if that comes from -config.
//
// Once it serves, the command prints one line to standard output, "listening
// on http://127.0.0.1:5000", and nothing else there. The log goes to standard
// error. SIGTERM and SIGINT end it: what is under way is finished, and held
// calls are answered.
//
// # Users and roles
//
//	sallyport user show -store bolt:/var/lib/sallyport/db -name bob
//	sallyport user password -store bolt:/var/lib/sallyport/db -id ID -generate
//
// The commands user, role, client, resource, application, key, end-sessions, apply and
// import work on a store while it is served. Where a
// server holds a bbolt file they go over its administrative socket (-admin-socket, by
// default the store's path with ".sock/admin" added), which serves its own user and
// root alone; where nobody does they open the file, and PostgreSQL always. An account
// is shown by its name and changed by its id alone. Passwords are read from standard
// input or from a file; user password -generate makes one and prints it.
//
// # Clients
//
//	sallyport client add -store bolt:/var/lib/sallyport/db -application PB_Salesdemo -platform Service
//	sallyport client rotate-secret -store bolt:/var/lib/sallyport/db -client PB_Salesdemo_Service -overlap 24h
//
// A secret is made by the command and printed this once, alone on standard output, or
// written to a file of its own (-secret-file). What is not said of a new client is as
// usual for its platform: docs/client-commands.md has the table.
//
// # Moving in
//
//	sallyport import -store bolt:/var/lib/sallyport/db -in users.jsonl -dry-run
//
// Import makes an account of each row of a file: JSON lines with the fields of a user of
// the directory file, or CSV (-format csv) with their paths as headers. Rows that cannot
// be taken are reported with their line and stop no others: exit code 1 says that there
// are some, 0 that all rows are in, 2 that nothing was done. Nobody is sent anything.
// The same file may be imported again, and goes on where it was cut off. -dry-run writes
// nothing and reports what would be done. docs/moving.md has the fields, and queries
// that export ASP.NET Identity and Django.
//
// # Signing keys
//
//	sallyport key list -store bolt:/var/lib/sallyport/db
//	sallyport key rotate -store … -algorithm ES256
//	sallyport key import -store … -certificate cert.pem -key key.pem
//	sallyport key retire -store … KID…
//
// Signing keys follow each other by themselves, and no live token is refused for
// it; -signing-key-every, -signing-key-propagation and -signing-key-bits of serve say how.
// "key list" prints them; "key rotate" makes the next before its time, "key import" takes
// it from elsewhere, and both sign once resource servers have had time to read the key
// set. "key retire" takes keys out of use at once, with every
// access token that they have signed: such as others may have, and such as were used
// while the clock was ahead, which the log names with the command. Another key signs
// then, clients get new access tokens by their refresh tokens, and resource servers
// follow once they have read the key set anew. All nodes follow at their next call.
// docs/keys.md tells more.
//
// # A damaged store
//
// A bbolt file that was closed is served at once and inspected meanwhile; what is
// found damaged stands in the log and is denied. "sallyport doctor -store
// bolt:PATH" reads the whole of a file that nobody serves and prints what is
// wrong with it, a line for each page or record: exit code 0 where nothing is, 1
// where something is, 2 where the file cannot be read or is in use. Restore a
// backup of a damaged file.
//
// # Breached passwords
//
// "sallyport breached build -in LIST -out FILE" makes one file of a list of published
// passwords that the operator supplies: a SHA-1 hash in hexadecimal digits a line,
// perhaps with a colon and a count, or with -plain passwords in clear. It has some
// three and a half bytes for each; no password of the list is missed, and of others
// less than one in a million is taken for one of them. A list in the order of its
// hashes is built with little memory; any other may have 100 million lines, which
// take 0.9 GiB. The file takes the place of an older one at once, also under a
// server that reads it. "sallyport breached check -filter FILE" reads one password
// from standard input and says whether it is listed.
//
// # Files that hold secrets
//
// The key file, the file of -config, the passwords of a demo, those of a mail server
// and of Active Directory, and the outbox are opened under the one name they have: a
// symbolic link as the last part of the path, a second name (hard link), a folder or a
// pipe is refused. The key file, the passwords, and a configuration that holds the password of a database must
// be closed to group and world (chmod 600); the outbox is made so. The TLS key
// and the directory file may be symbolic links, since tools that renew
// certificates and tools that put up releases make such links.
//
// # Exit codes
//
//	0  done, or ended by a signal
//	1  broken while it ran
//	2  not begun: a wrong flag, an unreadable or wrong file, a store that is
//	   locked or damaged; one line on standard error says which
package main
