// Package legacy reads and verifies password hashes that other systems have left:
// it makes none. It holds pure functions and knows nothing of accounts. Package
// password stands above it and adds what a login needs: equal work for names that
// nobody has, and argon2id.
//
// # Forms
//
// A hash is stored as one text. Where the other system keeps it in one text, that
// text is taken as it is. Where it keeps parts in several columns, or digits
// without a name, there is a form of ours to put around them. Dots stand for the
// parts; B64 is base64 with padding.
//
//	bcrypt                    $2a$10$…  $2b$10$…  $2y$10$…
//	sha-crypt                 $5$…$…  $6$rounds=…$…$…
//	PBKDF2, PHC form          $pbkdf2-sha256$i=…,l=…$…$…  (sha1, sha256, sha512; l may be left out)
//	PBKDF2, passlib           $pbkdf2$…$…$…  $pbkdf2-sha256$…$…$…  $pbkdf2-sha512$…$…$…
//	scrypt, PHC and passlib   $scrypt$ln=…,r=…,p=…$…$…
//	ASP.NET Identity v2, v3   the base64 text of the column PasswordHash
//	ASP.NET Membership        $membership$sha1$PasswordSalt$Password  (ours)
//	Django                    pbkdf2_sha256$…  pbkdf2_sha1$…  bcrypt$…  bcrypt_sha256$…  scrypt$…  sha1$…  md5$…
//	LDAP                      {SHA}…  {SSHA}…  {SHA256}…  {SSHA512}…  {MD5}…  {SMD5}…  {CRYPT}$6$…
//	Firebase                  $firebase-scrypt$ln=14,r=8$separator$signer key$salt$hash  (ours, all B64)
//	a bare digest             $raw$md5$salt+password$text:…$hex:…  (ours)
//
// Argon2, and what Django puts in front of it, is read by package password.
//
// # Bounds
//
// Whatever a text asks for is held to a cap before any work is done, since a hash
// that was imported or planted could ask for hours: bcrypt cost 13, PBKDF2
// 2,000,000 rounds and two blocks, sha-crypt 1,000,000 rounds, scrypt 128 MiB over
// all lanes. A text has at most 1,024 characters. Reading one costs microseconds.
//
// # Fast hashes
//
// MD5, SHA-1 and SHA-2, alone or with a salt, are weak: a thief of the store tries
// billions of passwords a second. They are read as [Digest], which another hash
// can be put around without the password.
package legacy
