package main

import (
	"fmt"
	"slices"

	"github.com/sallyport-auth/sallyport/bench/load"
)

// goals is the table of `make bench` in its order, with stores of so many
// accounts.
func goals(sizes []int) []goal {
	return slices.Concat(endpointGoals(), factorGoals(), sealedGoals(), crowdGoals(), signedGoals(), profileGoals(), readingGoals(), aboutGoals(),
		guardGoals(), smallGoals(), byteGoals(), commitGoals(), scaleGoals(sizes), upkeepGoals(), postgresGoals(), gateGoals())
}

const (
	timeUnit  = "ns/op"
	bytesUnit = "B/op"
	countUnit = "allocs/op"
)

func endpoint(mode, library, grant, unit string) sum {
	return one("Endpoint/" + mode + "/" + library + "/" + grant + " " + unit)
}

func endpointRivals(mode, grant, unit string) map[string]sum {
	m := map[string]sum{}
	for _, name := range []string{"fosite", "go-oauth2", "zitadel"} {
		m[name] = endpoint(mode, name, grant, unit)
	}
	return m
}

// endpointGoals are the token endpoint without the signature and the hash.
func endpointGoals() []goal {
	row := func(grant, what, unit string) goal {
		return goal{what: grant + ", without signature and hash: " + what, ours: endpoint("free", "ours", grant, unit),
			limit: one("Endpoint/free/floor " + unit), rivals: endpointRivals("free", grant, unit)}
	}
	fosite := func(grant, unit string) sum { return endpoint("free", "fosite", grant, unit) }
	return []goal{
		row("password", "time", timeUnit).below(0.9, fosite("password", timeUnit), "fosite"),
		row("password", "bytes allocated", bytesUnit).within(14_000),
		row("password", "allocations", countUnit).below(0.6, fosite("password", countUnit), "fosite"),
		row("refresh", "time", timeUnit).below(0.5, fosite("refresh", timeUnit), "fosite"),
		row("refresh", "bytes allocated", bytesUnit).shown(fosite("refresh", bytesUnit), "fosite"),
		row("refresh", "allocations", countUnit).below(0.6, fosite("refresh", countUnit), "fosite"),
	}
}

func factor(library, call string) sum {
	return one("Endpoint/free/" + library + "/factor " + call + "-ns/op")
}

// factorGoals are the calls of a login with an authenticator.
func factorGoals() []goal {
	fosite := endpoint("free", "fosite", "password", timeUnit)
	const per = "fosite's password grant"
	return []goal{
		goal{what: `call 1, "second factor wanted"`, ours: factor("ours", "call1")}.below(1, fosite, per),
		goal{what: "call 3, by authenticator", ours: factor("ours", "call3")}.below(1.4, fosite, per),
	}
}

// sealedGoals are whole calls over a sealed store beside those over a plain one.
func sealedGoals() (list []goal) {
	for _, grant := range []string{"password", "refresh"} {
		list = append(list, goal{what: grant + ", sealed", ours: endpoint("free", "sealed", grant, timeUnit)}.
			below(1.1, endpoint("free", "ours", grant, timeUnit), "unsealed"))
	}
	return append(list,
		goal{what: "call 1, sealed", ours: factor("sealed", "call1")}.below(1.1, factor("ours", "call1"), "unsealed"),
		goal{what: "call 3, sealed", ours: factor("sealed", "call3")}.below(1.1, factor("ours", "call3"), "unsealed"))
}

// crowdGoals are 64 clients on one processor and on two.
func crowdGoals() []goal {
	crowd := func(library string, procs int) sum {
		return one(fmt.Sprintf("Crowd/%s/procs=%d ns/op", library, procs))
	}
	row := func(library, words string, procs int) goal {
		return goal{what: "password, 64 clients, " + map[int]string{1: "one processor", 2: "two processors"}[procs] + words, ours: crowd(library, procs),
			rivals: map[string]sum{"fosite": crowd("fosite", procs), "go-oauth2": crowd("go-oauth2", procs)}}
	}
	return []goal{
		row("ours", "", 1).shown(crowd("fosite", 1), "fosite"),
		row("ours", "", 2).shown(crowd("fosite", 2), "fosite"),
		row("ours", " (beside one)", 2).shown(crowd("ours", 1), "the time on one"),
		row("sealed", ", sealed", 2).shown(crowd("ours", 2), "unsealed"),
	}
}

// signedGoals are the token endpoint with its signature.
func signedGoals() (list []goal) {
	sign := one("Endpoint/rs256/sign ns/op")
	for _, grant := range []string{"password", "refresh"} {
		list = append(list, goal{what: grant + ", with RS256", ours: endpoint("rs256", "ours", grant, timeUnit), limit: sign,
			rivals: endpointRivals("rs256", grant, timeUnit)}.below(1.05, sign, "the bare signature"))
	}
	for _, rival := range []string{"fosite", "go-oauth2"} { // zitadel has no password grant
		list = append(list, goal{what: "password, with RS256, beside " + rival, ours: endpoint("rs256", "ours", "password", timeUnit), limit: sign}.
			below(1, endpoint("rs256", rival, "password", timeUnit), rival))
	}
	return list
}

// profileGoals are logins on one processor, by the algorithm of their tokens.
func profileGoals() (list []goal) {
	of := func(profile, algorithm string) sum { return one("Profile/" + profile + "/" + algorithm + " ns/op") }
	base := of("published", "RS256")
	list = append(list, goal{what: "password, one processor: published, RS256", ours: base})
	for _, algorithm := range []string{"RS256", "PS256"} {
		list = append(list, goal{what: "the same: RFC 9068, " + algorithm, ours: of("RFC9068", algorithm)}.shown(base, "published"))
	}
	for _, algorithm := range []string{"ES256", "EdDSA"} {
		list = append(list, goal{what: "the same: RFC 9068, " + algorithm, ours: of("RFC9068", algorithm)}.below(1.0/5, base, "published"))
	}
	return list
}

// aboutGoals are calls about a token by their handlers, and forged ones refused.
func aboutGoals() (list []goal) {
	bare := one("Verify/bare ns/op")
	of := func(library, call, unit string) sum { return one("Reading/" + library + "/" + call + " " + unit) }
	for _, c := range []struct{ call, unit string }{{"userinfo", timeUnit}, {"introspection", timeUnit}, {"revocation", "revoke-ns/op"}} {
		list = append(list,
			goal{what: c.call + ", by its handler", ours: of("ours", c.call, c.unit), limit: bare}.shown(bare, "the bare check"),
			goal{what: c.call + ", sealed", ours: of("sealed", c.call, c.unit), limit: bare}.shown(bare, "the bare check"))
	}
	for _, where := range []string{"userinfo", "guard", "introspection"} {
		list = append(list, goal{what: "the slowest forged token at " + where, ours: one("Forged/" + where + " slowest-ns/op"), limit: bare}.within(20*millisecond))
	}
	return list
}

// readingGoals are calls that write nothing.
func readingGoals() []goal {
	bare := one("Verify/bare ns/op")
	rivals := map[string]sum{"fosite": one("Verify/fosite ns/op"), "golang-jwt (no session)": one("Verify/golang-jwt ns/op")}
	list := []goal{
		goal{what: "Verify, session read again", ours: one("Verify/ours ns/op"), limit: bare, rivals: rivals}.below(1.5, bare, "the bare check"),
		goal{what: "Verify, sealed", ours: one("Verify/sealed ns/op"), limit: bare, rivals: rivals}.shown(bare, "the bare check"),
	}
	answers := func(server string) sum { return one(loadKey(server, kinds[2], 64) + " answers/s") }
	for _, name := range []string{load.OursInMemory, load.OursInBolt} {
		list = append(list, goal{what: "userinfo over HTTP, 64 clients, " + name, ours: answers(name),
			rivals: map[string]sum{"fosite": answers(load.Fosite)}}.above(1.2, answers(load.Fosite), "fosite"))
	}
	for _, d := range []string{"keys", "discovery"} {
		list = append(list, goal{what: map[string]string{"keys": "JWKS", "discovery": "discovery document"}[d], ours: one("Document/ours/" + d + " ns/op"),
			rivals: map[string]sum{"zitadel": one("Document/zitadel/" + d + " ns/op")}}.within(5*microsecond))
	}
	return list
}

// guardGoals are requests for a page behind a session in a bbolt file.
func guardGoals() (list []goal) {
	for _, n := range []int{1, 64} {
		of := func(library string) sum { return one(fmt.Sprintf("Guard/%s/clients=%d ns/op", library, n)) }
		who := map[int]string{1: "1 client", 64: "64 clients"}[n]
		rivals := map[string]sum{"scs": of("scs"), "scs with an idle time": of("scs_idle")}
		list = append(list,
			goal{what: "guarded page on bbolt, " + who, ours: of("ours"), rivals: rivals}.below(1, of("scs"), "scs"),
			goal{what: "the same, sealed", ours: of("sealed"), rivals: rivals}.below(1, of("scs"), "scs"),
			goal{what: "the same, beside scs with an idle time", ours: of("ours"), rivals: rivals}.shown(of("scs_idle"), "scs with an idle time"))
	}
	return list
}

// smallGoals are the small parts that were never measured by themselves.
func smallGoals() []goal {
	window, picture := one("Window/pquerna ns/op"), one("Picture/pquerna ns/op")
	return []goal{
		{what: "status bits → words", ours: one("Status/words ns/op")},
		{what: "status bits → booleans", ours: one("Status/booleans ns/op")},
		goal{what: "authenticator window, three codes, a wrong one", ours: one("Window/ours ns/op"), limit: one("Window/hmac ns/op"),
			rivals: map[string]sum{"pquerna": window}}.shown(window, "pquerna"),
		goal{what: "QR picture", ours: one("Picture/ours ns/op"),
			rivals: map[string]sum{"pquerna": picture, "rsc.io/qr": one("Picture/rsc.io/qr ns/op")}}.shown(picture, "pquerna"),
	}
}

// byteGoals are what a record and a session take.
func byteGoals() []goal {
	weight := func(what, unit string) sum { return one("Bytes/" + what + " " + unit + "-B/op") }
	heap := map[string]sum{"fosite": one("RivalBytes/fosite heap-B/op"), "go-oauth2": one("RivalBytes/go-oauth2 heap-B/op")}
	return []goal{
		goal{what: "a session with its listing: live heap", ours: weight("plain/session", "heap"), rivals: heap}.within(600),
		goal{what: "a session with its listing: bbolt file", ours: weight("plain/session", "file")}.within(1200),
		goal{what: "the same, sealed: live heap", ours: weight("sealed/session", "heap"), rivals: heap}.shown(weight("plain/session", "heap"), "unsealed"),
		goal{what: "the same, sealed: bbolt file", ours: weight("sealed/session", "file")}.shown(weight("plain/session", "file"), "unsealed"),
		goal{what: "a pending request: live heap", ours: weight("plain/request", "heap")}.within(700),
		{what: "a pending request: bbolt file", ours: weight("plain/request", "file")},
		goal{what: "a pending request, sealed: live heap", ours: weight("sealed/request", "heap")}.shown(weight("plain/request", "heap"), "unsealed"),
		goal{what: "one session refreshed for ever: bytes in the store a refresh", ours: one("Grow stored-B/op")}.within(1),
	}
}

// commitGoals are durable commits on bbolt.
func commitGoals() []goal {
	commit := func(of, writers string) sum { return one("Commit/" + of + "/writers=" + writers + " ns/op") }
	row := func(writers string) goal {
		return goal{what: "durable commit on bbolt, " + writers + " writers", ours: commit("boltstore", writers),
			rivals: map[string]sum{"db.Update": commit("update", writers)}}
	}
	alone := row("1").below(1.08, commit("update", "1"), "db.Update")
	alone.what, alone.limit = "durable commit on bbolt, a lone writer", commit("update", "1")
	least := sum{{"MFA/sign ns/op", 1}, {"MFA/update ns/op", 2}}
	return []goal{
		alone,
		row("8").above(0, commit("boltstore", "1"), "a lone writer's rate"),
		row("64").above(10, commit("boltstore", "1"), "a lone writer's rate"),
		goal{what: "login with an authenticator on bbolt, 1 client", ours: one("MFA/login ns/op"), limit: least}.
			below(1.2, sum{{"MFA/sign ns/op", 1}, {"MFA/commits ns/op", 1}}, "one signature and its commits by db.Update"),
	}
}

// upkeepGoals are Engine.Maintain over a backlog.
func upkeepGoals() (list []goal) {
	for _, s := range []string{"memory", "bbolt", "PostgreSQL"} {
		list = append(list,
			goal{what: "upkeep, " + s + ": deleted while 64 write", ours: one("Upkeep/" + s + " deleted/s")}.
				above(1, one("Upkeep/"+s+" written/s"), "what they write"),
			goal{what: "upkeep, " + s + ": adds to a login's p99", ours: one("Upkeep/" + s + " held-ns/op")}.within(10*millisecond),
			goal{what: "upkeep, " + s + ": the slowest login beside it", ours: one("Upkeep/" + s + " worst-ns/op")}.
				shown(one("Upkeep/"+s+" idle-ns/op"), "an idle p99"))
	}
	return list
}

func postgresGoals() []goal {
	upsert, between := one("Postgres/upsert ns/op"), one("Postgres/step3 upsert-ns/op")
	return []goal{
		goal{what: "last call of a login on PostgreSQL, without signature", ours: one("Postgres/step3 step-ns/op"), limit: upsert}.
			below(1.5, between, "a single-row upsert"),
		goal{what: "the commit in that call", ours: one("Postgres/step3 commit-ns/op"), limit: upsert}.shown(between, "a single-row upsert"),
	}
}

const (
	gatePermits = "Gate permits"
	hashMiB     = 19 // of the default parameters of package password
)

func gateGoals() []goal {
	g := goal{what: "heap while 64 callers hash passwords", ours: one("Gate peak-MiB"), limit: sum{{gatePermits, hashMiB}}, plus: 32}
	return []goal{g.below(1, sum{{gatePermits, 2 * hashMiB}}, "2 × permits × 19 MiB + 32 MiB")}
}

// scaleGoals are the largest stores beside the smallest; filling is held to the
// one before.
func scaleGoals(sizes []int) []goal {
	many, few, fewer := sizes[len(sizes)-1], sizes[0], sizes[max(0, len(sizes)-2)]
	at := func(benchmark string, n int, unit string) sum {
		return one(fmt.Sprintf("%s accounts=%d-%s", benchmark, n, unit))
	}
	whole := func(benchmark string, n int, unit string) sum {
		return one(fmt.Sprintf("%s/accounts=%d %s", benchmark, n, unit))
	}
	large, small := count(many), count(few)
	file := whole("Open/read", many, timeUnit)
	return []goal{
		goal{what: "lone login on bbolt, " + large + " accounts", ours: at("Lone/bbolt", many, timeUnit)}.below(1.25, at("Lone/bbolt", few, timeUnit), small),
		goal{what: "bytes that it writes", ours: at("Lone/bbolt", many, "written-B/op")}.within(40_000),
		goal{what: "lone login on PostgreSQL, " + large + " accounts", ours: at("Lone/PostgreSQL", many, timeUnit)}.shown(at("Lone/PostgreSQL", few, timeUnit), small),
		goal{what: "opening a cold file of " + large + " accounts, after a clean close", ours: whole("Open/clean", many, "open-ns/op"), limit: file}.within(1 * second),
		goal{what: "the same after a kill", ours: whole("Open/killed", many, "open-ns/op"), limit: file}.below(1.2, file, "reading the file once"),
		goal{what: "filling memory with " + large + " accounts and sessions", ours: whole("Fill", many, timeUnit)}.
			below(1.2*float64(many)/float64(fewer), whole("Fill", fewer, timeUnit), count(fewer)),
	}
}

// count is a number of accounts in words.
func count(n int) string {
	switch {
	case n >= 1e6 && n%1e6 == 0:
		return fmt.Sprintf("%d million", n/1e6)
	default:
		return fmt.Sprintf("%d,%03d", n/1000, n%1000)
	}
}

// largeGoals is the table of `make bench-scale`: each size beside the smallest.
func largeGoals(sizes []int) (list []goal) {
	for i := range sizes {
		n := sizes[i]
		filled := func(store, unit string) sum {
			return one(fmt.Sprintf("Files/%s/accounts=%d %s", store, n, unit))
		}
		list = append(list,
			goal{what: "filling a bbolt file with " + count(n) + " accounts and sessions", ours: filled("bbolt", timeUnit)},
			goal{what: "its size", ours: filled("bbolt", "file-B/op")},
			goal{what: "filling PostgreSQL with as many", ours: filled("PostgreSQL", timeUnit)})
		if i > 0 {
			list = append(list, scaleGoals(sizes[:i+1])...)
		}
	}
	return list
}
