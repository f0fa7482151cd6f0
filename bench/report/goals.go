package main

import "strings"

// term is a figure that counts several times.
type term struct {
	key   string
	times float64
}

// sum is figures added up. An empty sum is no figure.
type sum []term

func one(key string) sum { return sum{{key, 1}} }

// of is the sum in one pass; false if a figure is missing.
func (s sum) of(p pass) (total float64, ok bool) {
	for _, t := range s {
		v, there := p[t.key]
		if !there {
			return 0, false
		}
		total += t.times * v
	}
	return total, len(s) > 0
}

// unit is that of all its figures.
func (s sum) unit() string {
	_, unit, _ := strings.Cut(s[0].key, " ")
	return unit
}

// goal is a row of the table: ours divided by base, held to bound.
type goal struct {
	what   string
	ours   sum
	limit  sum            // what nobody can undercut
	rivals map[string]sum // by name
	base   sum            // what the ratio is of
	per    string         // base in words
	bound  float64
	atMost bool // else at least, and the ratio is base divided by ours
	plus   float64
}

const (
	gatePermits = "Gate permits"
	hashMiB     = 19 // of the default parameters of package password
)

// goals is the table in its order.
func goals() []goal {
	var list []goal
	for _, grant := range []string{"password", "refresh"} {
		for _, u := range []struct{ name, unit string }{{"time", "ns/op"}, {"allocations", "allocs/op"}} {
			list = append(list, goal{
				what: "token endpoint, " + grant + ", without the signature: " + u.name,
				ours: endpoint("free", "ours", grant, u.unit), limit: one("Endpoint/free/floor " + u.unit),
				rivals: rivals("free", grant, u.unit), base: endpoint("free", "fosite", grant, u.unit), per: "fosite", bound: 0.6, atMost: true,
			})
		}
	}
	for _, grant := range []string{"password", "refresh"} {
		sign := one("Endpoint/rs256/sign ns/op")
		list = append(list, goal{
			what: "token endpoint, " + grant + ", with RS256", ours: endpoint("rs256", "ours", grant, "ns/op"),
			limit: sign, rivals: rivals("rs256", grant, "ns/op"), base: sign, per: "the bare signature", bound: 1.05, atMost: true,
		})
	}
	commit := func(of, writers string) sum { return one("Commit/" + of + "/writers=" + writers + " ns/op") }
	update := func(writers string) map[string]sum { return map[string]sum{"db.Update": commit("update", writers)} }
	parts := sum{{"MFA/sign ns/op", 1}, {"MFA/commits ns/op", 1}}
	least := sum{{"MFA/sign ns/op", 1}, {"MFA/update ns/op", 2}}
	upsert, between := one("Postgres/upsert ns/op"), one("Postgres/step3 upsert-ns/op")
	return append(list,
		goal{what: "durable commit, 1 writer", ours: commit("boltstore", "1"), limit: commit("update", "1"), rivals: update("1"),
			base: commit("update", "1"), per: "db.Update", bound: 1.1, atMost: true},
		goal{what: "durable commit, 8 writers", ours: commit("boltstore", "8"), rivals: update("8"), base: commit("boltstore", "1"), per: "of one writer's rate"},
		goal{what: "durable commit, 64 writers", ours: commit("boltstore", "64"), rivals: update("64"),
			base: commit("boltstore", "1"), per: "of one writer's rate", bound: 10},
		goal{what: "login with an authenticator on bbolt, 1 client", ours: one("MFA/login ns/op"), limit: least,
			base: parts, per: "one signature and its commits by db.Update", bound: 1.2, atMost: true},
		goal{what: "its last call on PostgreSQL, without the signature", ours: one("Postgres/step3 step-ns/op"), limit: upsert,
			base: between, per: "a single-row upsert", bound: 1.3, atMost: true},
		goal{what: "the commit in that call", ours: one("Postgres/step3 commit-ns/op"), limit: upsert, base: between, per: "a single-row upsert", atMost: true},
		goal{what: "heap while 64 callers hash passwords", ours: one("Gate peak-MiB"), limit: sum{{gatePermits, hashMiB}},
			base: sum{{gatePermits, 2 * hashMiB}}, plus: 32, per: "2 × permits × 19 MiB + 32 MiB", bound: 1, atMost: true},
	)
}

func endpoint(mode, library, grant, unit string) sum {
	return one("Endpoint/" + mode + "/" + library + "/" + grant + " " + unit)
}

func rivals(mode, grant, unit string) map[string]sum {
	m := map[string]sum{}
	for _, name := range []string{"fosite", "go-oauth2", "zitadel"} {
		m[name] = endpoint(mode, name, grant, unit)
	}
	return m
}
