package legacy_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/password/legacy"
)

const (
	bcryptTail = "CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
	sum43      = "Y.ib4/tL.cEFyZG4AuHLn0DcDaKp2ASZypvPq2XmKD5"
	key32      = "nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E"
	salt16     = "aM15713r3Xsvxbi31lqr1Q"
	md5hex     = "ce74b892da441b00f4b61523872bc6b4"
)

// identity is a hash of ASP.NET Identity with these bytes.
func identity(bytes ...byte) string { return base64.StdEncoding.EncodeToString(bytes) }

// identityV3 has the given header and so many bytes after it.
func identityV3(prf, rounds, salt uint32, rest int) string {
	b := []byte{1}
	for _, n := range []uint32{prf, rounds, salt} {
		b = append(b, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return identity(append(b, make([]byte, rest)...)...)
}

var malformed = map[string]string{
	"very long": "{SSHA}" + strings.Repeat("A", 1<<20),

	"bcrypt short":         "$2a$05$" + bcryptTail[1:],
	"bcrypt long":          "$2a$05$" + bcryptTail + "x",
	"bcrypt cost 3":        "$2a$03$" + bcryptTail,
	"bcrypt cost x":        "$2a$x5$" + bcryptTail,
	"bcrypt cost colon":    "$2a$0:$" + bcryptTail,
	"bcrypt third dollar":  "$2a$05x" + bcryptTail,
	"bcrypt alphabet":      "$2a$05$" + bcryptTail[:52] + "=",
	"bcrypt of Django":     "bcrypt$$2b$05$" + bcryptTail[1:],
	"bcrypt inner dollars": "$2a$05$" + bcryptTail[:20] + "$" + bcryptTail[21:],

	"sha-crypt short":         "$5$abcdefgh$" + sum43[1:],
	"sha-crypt long":          "$5$abcdefgh$" + sum43 + ".",
	"sha-crypt sum of 256":    "$6$abcdefgh$" + sum43,
	"sha-crypt no sum":        "$6$salt",
	"sha-crypt alphabet":      "$5$abcdefgh$" + sum43[:42] + "+",
	"sha-crypt long salt":     "$5$abcdefghabcdefghi$" + sum43,
	"sha-crypt few rounds":    "$5$rounds=999$abcdefgh$" + sum43,
	"sha-crypt rounds signed": "$5$rounds=+5000$abcdefgh$" + sum43,
	"sha-crypt rounds 05000":  "$5$rounds=05000$abcdefgh$" + sum43,
	"sha-crypt no rounds":     "$5$rounds=$abcdefgh$" + sum43,

	"pbkdf2 two parts":       "$pbkdf2-sha256$1500$" + salt16,
	"pbkdf2 four parts":      "$pbkdf2-sha256$1500$" + salt16 + "$" + key32[:42] + "$",
	"pbkdf2 no rounds":       "$pbkdf2-sha256$$" + salt16 + "$" + salt16,
	"pbkdf2 zero rounds":     "$pbkdf2-sha256$0$" + salt16 + "$" + salt16,
	"pbkdf2 hexadecimal":     "$pbkdf2-sha256$0x100$" + salt16 + "$" + salt16,
	"pbkdf2 plus in passlib": "$pbkdf2-sha256$1500$" + salt16 + "$" + key32,
	"pbkdf2 dot in PHC":      "$pbkdf2-sha256$i=1500$" + salt16 + "$" + strings.ReplaceAll(key32, "+", "."),
	"pbkdf2 wrong length":    "$pbkdf2-sha256$i=1500,l=31$" + salt16 + "$" + key32,
	"pbkdf2 a third cost":    "$pbkdf2-sha256$i=1500,l=32,x=1$" + salt16 + "$" + key32,
	"pbkdf2 no salt":         "$pbkdf2-sha256$1500$$" + salt16,
	"pbkdf2 short key":       "$pbkdf2-sha256$1500$" + salt16 + "$" + salt16[:20],
	"pbkdf2 long key":        "$pbkdf2-sha512$1500$" + salt16 + "$" + strings.Repeat("A", 87),
	"pbkdf2 padded":          "$pbkdf2-sha256$i=1500$" + salt16 + "$" + key32 + "=",
	"pbkdf2 line end":        "$pbkdf2-sha256$i=1500$" + salt16 + "\n$" + key32,
	"pbkdf2 spare bits":      "$pbkdf2-sha256$i=1500$" + salt16 + "$" + key32[:42] + "F",
	"Django pbkdf2 unpadded": "pbkdf2_sha256$1500$salt$" + key32,
	"Django pbkdf2 salt 129": "pbkdf2_sha256$1500$" + strings.Repeat("x", 129) + "$" + key32 + "=",
	"Django pbkdf2 parts":    "pbkdf2_sha256$1500$" + key32 + "=",

	"scrypt order":              "$scrypt$r=8,ln=7,p=2$" + salt16 + "$" + key32,
	"scrypt two costs":          "$scrypt$ln=7,r=8$" + salt16 + "$" + key32,
	"scrypt ln 3":               "$scrypt$ln=3,r=8,p=1$" + salt16 + "$" + key32,
	"scrypt ln 0":               "$scrypt$ln=0,r=8,p=1$" + salt16 + "$" + key32,
	"scrypt p none":             "$scrypt$ln=7,r=8,p=$" + salt16 + "$" + key32,
	"scrypt short key":          "$scrypt$ln=7,r=8,p=1$" + salt16 + "$" + salt16[:20],
	"scrypt long key":           "$scrypt$ln=7,r=8,p=1$" + salt16 + "$" + strings.Repeat("A", 87),
	"scrypt no salt":            "$scrypt$ln=7,r=8,p=1$$" + key32,
	"scrypt key no base64":      "$scrypt$ln=7,r=8,p=1$" + salt16 + "$" + key32[:42] + "!",
	"scrypt salt no base64":     "$scrypt$ln=7,r=8,p=1$!$" + key32,
	"scrypt parts":              "$scrypt$ln=7,r=8,p=1$" + salt16,
	"Django scrypt N":           "scrypt$16383$seasalt$8$1$" + key32 + "=",
	"Django scrypt parts":       "scrypt$16384$seasalt$8$" + key32 + "=",
	"Django scrypt key":         "scrypt$16384$seasalt$8$1$" + key32,
	"Django scrypt N 0":         "scrypt$0$seasalt$8$1$" + key32 + "=",
	"Django scrypt N 8":         "scrypt$8$seasalt$8$1$" + key32 + "=",
	"Firebase p":                "$firebase-scrypt$ln=14,r=8,p=1$Bw==$" + signer + "$AAAA$" + signer,
	"Firebase parts":            "$firebase-scrypt$ln=14,r=8$Bw==$" + signer + "$AAAA",
	"Firebase short hash":       "$firebase-scrypt$ln=14,r=8$Bw==$" + signer + "$AAAA$AAAA",
	"Firebase short signer key": "$firebase-scrypt$ln=14,r=8$Bw==$AAAA$AAAA$AAAA",
	"Firebase signer key of 15": "$firebase-scrypt$ln=14,r=8$Bw==$AAAAAAAAAAAAAAAAAAAA$AAAA$AAAAAAAAAAAAAAAAAAAA",
	"Firebase no salt":          "$firebase-scrypt$ln=14,r=8$$" + signer + "$$" + signer,
	"Firebase no base64":        "$firebase-scrypt$ln=14,r=8$Bw$" + signer + "$AAAA$" + signer,

	"Identity v3 no rounds":  identityV3(1, 0, 16, 48),
	"Identity v3 short salt": identityV3(1, 1000, 15, 48),
	"Identity v3 salt only":  identityV3(1, 1000, 48, 48),
	"Identity v3 long salt":  identityV3(1, 1000, 1<<32-1, 48),
	"Identity v3 short key":  identityV3(1, 1000, 16, 31),
	"Identity v3 long key":   identityV3(2, 1000, 16, 81),

	"Membership parts":       "$membership$sha1$AAAA",
	"Membership salt":        "$membership$sha1$!$1HtYWCXhB2ugDRxxJMlFUtSLiJA=",
	"Membership no salt":     "$membership$sha1$$1HtYWCXhB2ugDRxxJMlFUtSLiJA=",
	"Membership hash":        "$membership$sha1$AAAA$1HtYWCXhB2ugDRxxJMlFUtSLiJA",
	"Membership md5 as sha1": "$membership$sha1$AAAA$znS4ktpEGwD0thUjhyvGtA==",
	"Membership HMAC length": "$membership$hmac-sha256$AAAA$1HtYWCXhB2ugDRxxJMlFUtSLiJA=",

	"LDAP no digest":      "{SHA}",
	"LDAP unpadded":       "{SHA}1HtYWCXhB2ugDRxxJMlFUtSLiJA",
	"LDAP SHA salted":     "{SHA}lUfe9nSdiEvOPfpVx4ouB6gJhWALB2ZZ",
	"LDAP SSHA unsalted":  "{SSHA}1HtYWCXhB2ugDRxxJMlFUtSLiJA=",
	"LDAP SSHA short":     "{SSHA}AAAA",
	"LDAP CRYPT sum":      "{CRYPT}$5$salt$x",
	"LDAP long salt":      "{SSHA}" + base64.StdEncoding.EncodeToString(make([]byte, 20+129)),
	"Django digest parts": "sha1$3335069e6a89ac4877d202b1a970e32683c70110",
	"Django digest short": "sha1$seasalt$3335",
	"Django digest hex":   "md5$seasalt$x1dc31ee9e4226b36fab13830a47e231",
	"Django salt dollar":  "md5$sea$salt$d1dc31ee9e4226b36fab13830a47e231",
	"Django long salt":    "md5$" + strings.Repeat("x", 129) + "$" + md5hex,
	"raw nothing":         "$raw$md5$",
	"raw no order":        "$raw$md5$hex:" + md5hex,
	"raw another order":   "$raw$md5$password+password$text:x$hex:" + md5hex,
	"raw no salt":         "$raw$md5$salt+password$hex:" + md5hex,
	"raw salt too many":   "$raw$md5$password$text:x$hex:" + md5hex,
	"raw unnamed salt":    "$raw$md5$salt+password$x$hex:" + md5hex,
	"raw salt no hex":     "$raw$md5$salt+password$hex:0$hex:" + md5hex,
	"raw unnamed digest":  "$raw$md5$password$" + md5hex,
	"raw digest no hex":   "$raw$md5$password$hex:" + md5hex[1:],
	"raw base64 as hex":   "$raw$md5$password$hex:znS4ktpEGwD0thUjhyvGtA==",
	"raw md5 as sha1":     "$raw$sha1$password$hex:" + md5hex,
}

var unknown = map[string]string{
	"empty":                 "",
	"plain text":            "secret",
	"bare md5":              md5hex,
	"bare sha1 in base64":   "/Hrn08gEogcgvDjo5YNQSGibZVE=",
	"md5-crypt":             "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
	"bcrypt 2x":             "$2x$05$" + bcryptTail,
	"bcrypt 2":              "$2$05$" + bcryptTail,
	"Django without one":    "!abcdefghijklmnopqrstuvwxyz",
	"Django's bcrypt of xx": "bcrypt$xxb$05$" + bcryptTail,
	"Django's bcrypt of x":  "bcrypt$x",
	"open brace":            "{SSHA",
	"LDAP CLEARTEXT":        "{CLEARTEXT}secret",
	"LDAP CRYPT of DES":     "{CRYPT}abJnggxhB/yWI",
	"LDAP long s":           "{ſHA}1HtYWCXhB2ugDRxxJMlFUtSLiJA=",
	"raw crc32":             "$raw$crc32$password$hex:00000000",
	"Membership sha384":     "$membership$sha384$AAAA$AAAA",
	"Identity v2 short":     "AAABAgMEBQYHCAkKCwwNDg+ukCEMDf0yyQ29NYubggE=",
	"Identity v2 long":      "AAABAgMEBQYHCAkKCwwNDg+ukCEMDf0yyQ29NYubggHIVY0sdEUfdyeM+E1LtH1uJgAAAAAAAAAAAAA=",
	"Identity v3 short":     identityV3(1, 1000, 0, 0),
	"Identity v3 prf 3":     identityV3(3, 1000, 16, 48),
	"Identity v2 unpadded":  "AAABAgMEBQYHCAkKCwwNDg+ukCEMDf0yyQ29NYubggHIVY0sdEUfdyeM+E1LtH1uJg",
	"Identity of version 2": identity(append([]byte{2}, make([]byte, 48)...)...),
}

// tooCostly names for each text the cap that its error must name.
var tooCostly = map[string]struct{ text, names string }{
	"bcrypt 14":           {"$2a$14$" + bcryptTail, "limit 13"},
	"bcrypt 99":           {"$2y$99$" + bcryptTail, "limit 13"},
	"Django bcrypt 14":    {"bcrypt_sha256$$2b$14$" + bcryptTail, "limit 13"},
	"sha-crypt":           {"$6$rounds=1000001$salt$" + sum43 + sum43, "1000000"},
	"sha-crypt most":      {"$5$rounds=999999999$salt$" + sum43, "1000000"},
	"sha-crypt 64 bits":   {"{CRYPT}$5$rounds=18446744073709551617$salt$" + sum43, "1000000"},
	"pbkdf2":              {"$pbkdf2-sha256$2000001$" + salt16 + "$" + salt16, "2000000"},
	"pbkdf2 wraps to 1":   {"$pbkdf2-sha256$i=4294967297$" + salt16 + "$" + key32, "2000000"},
	"pbkdf2 three blocks": {"$pbkdf2$1000$" + salt16 + "$" + strings.Repeat("A", 55), "limit 2"},
	"Django pbkdf2":       {"pbkdf2_sha1$2000001$salt$Xi8VrIVUrOWGuMBRq6Z6dOUNZ+c=", "2000000"},
	"Identity v3":         {identityV3(2, 2_000_001, 16, 48), "limit 2000000"},
	"Identity v3 most":    {identityV3(1, 1<<32-1, 16, 48), "limit 2000000"},
	"scrypt 256 MiB":      {"$scrypt$ln=18,r=8,p=1$" + salt16 + "$" + key32, "128 MiB"},
	"scrypt 2 x 128 MiB":  {"$scrypt$ln=17,r=8,p=2$" + salt16 + "$" + key32, "128 MiB"},
	"scrypt ln":           {"$scrypt$ln=31,r=8,p=1$" + salt16 + "$" + key32, "20"},
	"scrypt r":            {"$scrypt$ln=4,r=1048577,p=1$" + salt16 + "$" + key32, "1048576"},
	"scrypt product":      {"$scrypt$ln=20,r=1048576,p=16$" + salt16 + "$" + key32, "128 MiB"},
	"scrypt p":            {"$scrypt$ln=4,r=1,p=17$" + salt16 + "$" + key32, "16"},
	"Django scrypt":       {"scrypt$262144$seasalt$8$1$" + key32 + "=", "128 MiB"},
	"Firebase":            {"$firebase-scrypt$ln=18,r=8$Bw==$" + signer + "$AAAA$" + signer, "128 MiB"},
}

func TestRefusals(t *testing.T) {
	refuse := func(name, text string, want error, names string) {
		t.Run(name, func(t *testing.T) {
			_, err := legacy.Read(text)
			if !errors.Is(err, want) {
				t.Fatalf("Read(%.80q) = %v, want %v", text, err, want)
			}
			if !strings.Contains(err.Error(), names) {
				t.Errorf("error %q, want one that names the cap %q", err, names)
			}
			for _, secret := range []string{bcryptTail[30:], sum43[20:], key32[20:], salt16[10:], md5hex[10:], signer[20:40]} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error quotes the hash: %v", err)
				}
			}
		})
	}
	for name, text := range malformed {
		refuse(name, text, legacy.ErrMalformed, "")
	}
	for name, text := range unknown {
		refuse(name, text, legacy.ErrUnknownFormat, "")
	}
	for name, c := range tooCostly {
		refuse(name, c.text, legacy.ErrTooCostly, c.names)
	}
}

// TestBounds reads hashes that lie just within the bounds, the dearest of each
// algorithm among them, without their work.
func TestBounds(t *testing.T) {
	for text, want := range map[string]string{
		"$2b$13$" + bcryptTail:                                               "bcrypt cost=13",
		"$5$rounds=1000000$salt$" + sum43:                                    "sha256-crypt rounds=999424,salt=4",
		"$pbkdf2-sha256$2000000$" + salt16 + "$" + salt16:                    "pbkdf2-sha256 i=1998848,blocks=1",
		"$pbkdf2$1000$" + salt16 + "$" + salt16 + salt16:                     "pbkdf2-sha1 i=1000,blocks=2",
		"$scrypt$ln=17,r=8,p=1$" + salt16 + "$" + key32:                      "scrypt ln=17,r=8,p=1",
		"$scrypt$ln=13,r=8,p=16$" + salt16 + "$" + key32:                     "scrypt ln=13,r=8,p=16",
		"$scrypt$ln=4,r=65536,p=1$" + salt16 + "$" + key32:                   "scrypt ln=4,r=65536,p=1",
		"pbkdf2_sha256$1500$" + strings.Repeat("x", 128) + "$" + key32 + "=": "pbkdf2-sha256 i=1504,blocks=1",
		"pbkdf2_sha256$1500$x$" + key32 + "=":                                "pbkdf2-sha256 i=1504,blocks=1",
		"$scrypt$ln=4,r=1,p=1$" + salt16 + "$" + salt16:                      "scrypt ln=4,r=1,p=1",
		"scrypt$131072$seasalt$8$1$" + key32 + "=":                           "scrypt ln=17,r=8,p=1",
		identityV3(2, 2_000_000, 16, 64):                                     "pbkdf2-sha512 i=1998848,blocks=1",
		"pbkdf2_sha1$1300000$salt$Xi8VrIVUrOWGuMBRq6Z6dOUNZ+c=":              "pbkdf2-sha1 i=1294336,blocks=1",
	} {
		h, err := legacy.Read(text)
		if err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		if got := h.Work().String(); got != want {
			t.Errorf("work = %v, want %v", got, want)
		}
		if nobody, err := legacy.Nobody(h.Work()); err != nil || nobody.Work() != h.Work() {
			t.Errorf("%s: Nobody: %v", want, err)
		}
	}
}

// TestNobodyRefuses has works that no stored hash can have, some of them dear.
func TestNobodyRefuses(t *testing.T) {
	for _, w := range []legacy.Work{
		{},
		{Algorithm: 1},
		{Algorithm: 99},
		{Algorithm: legacy.Bcrypt},
		{Algorithm: legacy.Bcrypt, Cost: 31},
		{Algorithm: legacy.PBKDF2SHA1, Time: 1000},
		{Algorithm: legacy.PBKDF2SHA1, Time: 1000, Threads: 3},
		{Algorithm: legacy.PBKDF2SHA512, Time: 1000, Threads: 2},
		{Algorithm: legacy.PBKDF2SHA256, Threads: 1},
		{Algorithm: legacy.PBKDF2SHA256, Time: 1001, Threads: 1, Cost: 1},
		{Algorithm: legacy.PBKDF2SHA256, Time: 1<<32 - 1, Threads: 1},
		{Algorithm: legacy.Scrypt},
		{Algorithm: legacy.Scrypt, Threads: 1, Cost: 10},
		{Algorithm: legacy.Scrypt, Time: 8, Cost: 10},
		{Algorithm: legacy.PBKDF2SHA256, Time: 1000, Threads: 255},
		{Algorithm: legacy.Scrypt, Time: 8, Threads: 1, Cost: 18},
		{Algorithm: legacy.Scrypt, Time: 8, Threads: 1, Cost: 64},
		{Algorithm: legacy.Scrypt, Time: 1, Threads: 17, Cost: 4},
		{Algorithm: legacy.Scrypt, Time: 1<<32 - 1, Threads: 255, Cost: 255},
		{Algorithm: legacy.SHA512Crypt},
		{Algorithm: legacy.SHA512Crypt, Time: 1 << 30},
		{Algorithm: legacy.SHA512Crypt, Time: 1000, Cost: 17},
		{Algorithm: legacy.SHA256Crypt, Time: 1000, Threads: 1},
	} {
		if _, err := legacy.Nobody(w); err == nil {
			t.Errorf("Nobody(%+v): no error", w)
		}
	}
}
