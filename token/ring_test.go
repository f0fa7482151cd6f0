package token_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

const (
	day  = 24 * time.Hour
	skew = time.Minute
)

// fake is a key for what looks at times alone.
func fake(n int) token.Key { return token.Key{ID: fmt.Sprintf("K%d", n)} }

func rotate(t *testing.T, r token.Ring, now time.Time, k token.Key) token.Ring {
	t.Helper()
	return upkeep(t, r, now, token.Rotation{}, k)
}

// upkeep rotates, and removes what has retired.
func upkeep(t *testing.T, r token.Ring, now time.Time, rot token.Rotation, k token.Key) token.Ring {
	t.Helper()
	next, _, err := r.Rotate(now, rot, &k)
	if err != nil {
		t.Fatal(err)
	}
	next, _ = next.Remove(next.Over(now))
	return next
}

func signerID(t *testing.T, r token.Ring, now time.Time) string {
	t.Helper()
	k, ok := r.Signer(now, token.RS256)
	if !ok {
		t.Fatalf("no signer at %v", now)
	}
	return k.ID
}

func ids(keys []token.Key) (out []string) {
	for _, k := range keys {
		out = append(out, k.ID)
	}
	return out
}

func TestFirstKeySignsAtOnce(t *testing.T) {
	if _, ok := (token.Ring{}).Signer(start, token.RS256); ok || !(token.Ring{}).Due(start, token.Rotation{}, token.RS256) {
		t.Error("the zero ring signs, or is not due")
	}
	r := rotate(t, token.Ring{}, start, fake(1))
	for _, now := range []time.Time{start, start.Add(time.Hour), start.Add(-skew)} { // the last is a slow node
		if got := signerID(t, r, now); got != "K1" {
			t.Errorf("at %v %s signs", now, got)
		}
	}
	if r.Due(start, token.Rotation{}, token.RS256) || r.Due(start.Add(-time.Hour), token.Rotation{}, token.RS256) {
		t.Error("due again at once")
	}
}

// TestSuccession walks along the moments of a second key.
func TestSuccession(t *testing.T) {
	r := rotate(t, token.Ring{}, start, fake(1))
	due := start.Add(90*day - day - skew)
	if r.Due(due.Add(-1), token.Rotation{}, token.RS256) || !r.Due(due, token.Rotation{}, token.RS256) {
		t.Fatalf("due at another moment than %v", due)
	}
	if same, changed, err := r.Rotate(due, token.Rotation{}, nil); changed || err != nil || len(same.Keys) != 1 {
		t.Errorf("rotation without a fresh key changed the ring: %v, %v", changed, err)
	}
	r2 := rotate(t, r, due, fake(2))
	if len(r.Keys) != 1 || !r.Keys[0].RetireAt.IsZero() {
		t.Error("Rotate changed the ring it was called on")
	}
	signs := due.Add(day + skew)
	retires := signs.Add(token.MaxAccessLife + 2*skew)
	steps := []struct {
		what      string
		now       time.Time
		signer    string
		verifiers string
	}{
		{"shown", due, "K1", "[K1 K2]"},
		{"before it signs", signs.Add(-1), "K1", "[K1 K2]"},
		{"signs", signs, "K2", "[K1 K2]"},
		{"before the old retires", retires.Add(-1), "K2", "[K1 K2]"},
		{"the old retires", retires, "K2", "[K2]"},
		{"a clock that jumps back", due.Add(-time.Hour), "K1", "[K1 K2]"},
	}
	for _, s := range steps {
		if got := signerID(t, r2, s.now); got != s.signer {
			t.Errorf("%s: %s signs, want %s", s.what, got, s.signer)
		}
		if got := fmt.Sprint(ids(r2.Verifiers(s.now))); got != s.verifiers {
			t.Errorf("%s: verifiers %s, want %s", s.what, got, s.verifiers)
		}
	}
	if r2.Due(due, token.Rotation{}, token.RS256) || r2.Due(signs.Add(-1), token.Rotation{}, token.RS256) {
		t.Error("due while a key waits")
	}
	if got := r2.Over(retires.Add(-1)); got != nil {
		t.Errorf("over before they retire: got %q, want none", got)
	}
	r3, changed := r2.Remove(r2.Over(retires))
	if !changed || fmt.Sprint(ids(r3.Keys), r3.Retired) != "[K2] [K1]" {
		t.Errorf("after retirement: %v %v, changed %v", ids(r3.Keys), r3.Retired, changed)
	}
	if len(r2.Keys) != 2 || len(r2.Retired) != 0 {
		t.Error("Remove changed the ring it was called on")
	}
	if _, changed := r3.Remove([]string{"K1", "K9"}); changed {
		t.Error("the removal of what is not there: got a change, want none")
	}
}

// TestSignerOfMany: of the keys that have begun the last counts, of those that
// have not the first; among equals each node must take the same.
func TestSignerOfMany(t *testing.T) {
	from := func(n int, after time.Duration) token.Key {
		k := fake(n)
		k.SignFrom = start.Add(after)
		return k
	}
	for _, c := range []struct {
		name string
		keys []token.Key
		want string
	}{
		{"begun, in order", []token.Key{from(1, -2), from(2, -1)}, "K2"},
		{"begun, out of order", []token.Key{from(1, -1), from(2, -2)}, "K1"},
		{"begun at once", []token.Key{from(1, -1), from(2, -1)}, "K2"},
		{"begins now", []token.Key{from(1, -1), from(2, 0)}, "K2"},
		{"begins later", []token.Key{from(1, -1), from(2, 1)}, "K1"},
		{"none has begun, in order", []token.Key{from(1, 1), from(2, 2)}, "K1"},
		{"none has begun, out of order", []token.Key{from(1, 2), from(2, 1)}, "K2"},
		{"none has begun, at once", []token.Key{from(1, 1), from(2, 1)}, "K1"},
	} {
		if got := signerID(t, token.Ring{Keys: c.keys}, start); got != c.want {
			t.Errorf("%s: %s signs, want %s", c.name, got, c.want)
		}
	}
}

// TestDue: the last key that is not retired decides, in whatever order keys
// stand, and a key that waits to begin is waited for.
func TestDue(t *testing.T) {
	key := func(from, retire time.Duration) token.Key {
		k := token.Key{SignFrom: start.Add(from)}
		if retire != 0 {
			k.RetireAt = start.Add(retire)
		}
		return k
	}
	const every = 90*day - day - skew
	for _, c := range []struct {
		name string
		rot  token.Rotation
		keys []token.Key
		now  time.Duration
		want bool
	}{
		{"the last moment before", token.Rotation{}, []token.Key{key(0, 0)}, every - 1, false},
		{"due", token.Rotation{}, []token.Key{key(0, 0)}, every, true},
		{"an older one beside", token.Rotation{}, []token.Key{key(0, 0), key(-80*day, 0)}, every - 1, false},
		{"retired keys alone", token.Rotation{}, []token.Key{key(0, day)}, day, true},
		{"a retired key that began later", token.Rotation{}, []token.Key{key(-100*day, 0), key(0, day)}, day, true},
		{"hasty, before it signs", token.Rotation{Every: time.Hour}, []token.Key{key(0, 0)}, -1, false},
		{"hasty, as it begins", token.Rotation{Every: time.Hour}, []token.Key{key(0, 0)}, 0, true},
	} {
		if got := (token.Ring{Keys: c.keys}).Due(start.Add(c.now), c.rot, token.RS256); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// TestRotateLate finds a ring that nobody looked after for years.
func TestRotateLate(t *testing.T) {
	r := rotate(t, token.Ring{}, start, fake(1))
	late := start.Add(1000 * day)
	if got := signerID(t, r, late); got != "K1" {
		t.Errorf("%s signs, want K1", got)
	}
	r = rotate(t, r, late, fake(2))
	if got := signerID(t, r, late); got != "K1" {
		t.Errorf("%s signs before it could be known, want K1", got)
	}
}

func TestKidIsNeverReused(t *testing.T) {
	r := rotate(t, token.Ring{}, start, fake(1))
	again := fake(1)
	if _, changed, err := r.Rotate(start.Add(90*day), token.Rotation{}, &again); changed || !errors.Is(err, token.ErrKeyReused) {
		t.Errorf("a key of the ring: %v, %v, want no change and ErrKeyReused", changed, err)
	}
	r = rotate(t, r, start.Add(90*day), fake(2))
	r = rotate(t, r, start.Add(100*day), fake(3)) // not due: drops the first alone
	if fmt.Sprint(ids(r.Keys), r.Retired) != "[K2] [K1]" {
		t.Fatalf("ring %v, retired %v", ids(r.Keys), r.Retired)
	}
	if _, _, err := r.Rotate(start.Add(200*day), token.Rotation{}, &again); !errors.Is(err, token.ErrKeyReused) {
		t.Errorf("a retired key: %v, want ErrKeyReused", err)
	}
}

// TestRingFits: a ring from which nobody removes what has retired stays small, and keeps
// the keys that are believed; so do the ids of those that went.
func TestRingFits(t *testing.T) {
	r, now := token.Ring{}, start
	for n := range 1100 {
		k, before := fake(n), len(r.Keys)
		next, changed, err := r.Rotate(now, token.Rotation{}, &k)
		if err != nil || !changed {
			t.Fatalf("key %d: %v, %v", n, changed, err)
		}
		r = next
		if want := min(before+1, 16); len(r.Keys) != want || r.Keys[len(r.Keys)-1].ID != k.ID {
			t.Fatalf("key %d: got %v, want %d with the last of them", n, ids(r.Keys), want)
		}
		if n > 16 && !r.Knows(fake(n-16).ID) {
			t.Fatalf("key %d: the id of a key that just went may come back", n)
		}
		now = now.Add(90 * day)
	}
	if len(r.Retired) != 400 {
		t.Errorf("got %d ids of keys that went, want 400", len(r.Retired))
	}

	r = token.Ring{}
	for n := range 40 { // an operator who replaces keys faster than tokens die
		next, err := r.Replace(start.Add(time.Duration(n)*time.Second), token.Rotation{}, fake(n))
		if err != nil {
			t.Fatal(err)
		}
		r = next
	}
	if len(r.Keys) != 40 {
		t.Errorf("got %d keys, want all 40, whose tokens are believed", len(r.Keys))
	}
	r, err := r.Replace(start.Add(7*day), token.Rotation{}, fake(40))
	if err != nil || len(r.Keys) != 16 || !slices.Contains(ids(r.Keys), fake(40).ID) {
		t.Errorf("a week later: got %v, %v, want sixteen with the new one", ids(r.Keys), err)
	}
}

// TestHastyRotation asks for less time between keys than propagation takes: one
// key waits at a time, and none is shorter shown or kept for it.
func TestHastyRotation(t *testing.T) {
	rot := token.Rotation{Every: time.Minute, Propagation: time.Hour, Skew: time.Second}
	var r token.Ring
	most := 0
	for i := range 600 {
		k := fake(i)
		now := start.Add(time.Duration(i) * 10 * time.Minute)
		next := upkeep(t, r, now, rot, k)
		waiting := 0
		for _, k := range next.Keys {
			if k.SignFrom.After(now) {
				waiting++
			}
		}
		if waiting > 1 {
			t.Fatalf("%d keys wait", waiting)
		}
		r, most = next, max(most, len(next.Keys))
	}
	if most > 30 { // a key an hour and a bit, kept a day
		t.Errorf("the ring grew to %d keys", most)
	}
}

func TestJWKSFollowsPublication(t *testing.T) {
	keys := testKeys()
	r := rotate(t, token.Ring{}, start, keys[0])
	r = rotate(t, r, start.Add(90*day), keys[1])
	shown := func(now time.Time) string {
		raw, err := r.JWKS(now)
		if err != nil {
			t.Fatal(err)
		}
		var set struct{ Keys []struct{ Kid string } }
		if err := json.Unmarshal(raw, &set); err != nil {
			t.Fatal(err)
		}
		s := ""
		for _, k := range set.Keys {
			s += fmt.Sprint(slices.IndexFunc(keys, func(o token.Key) bool { return o.ID == k.Kid }))
		}
		return s
	}
	for _, step := range []struct {
		at   time.Duration
		want string
	}{{-skew, "0"}, {0, "0"}, {90*day - 1, "0"}, {90 * day, "01"}, {91 * day, "01"}, {93 * day, "1"}} {
		if got := shown(start.Add(step.at)); got != step.want {
			t.Errorf("after %v keys %q are shown, want %q", step.at, got, step.want)
		}
	}
}

// node is one of several that share a ring and disagree about the time.
type node struct{ off time.Duration }

// TestRotationClockWalk lets three nodes, whose clocks are the whole skew
// apart, rotate one ring over 400 days. At every tick each signs a token of the
// longest life. Every live token must verify at every node, and no key may sign
// before every node had shown it for the propagation time.
func TestRotationClockWalk(t *testing.T) {
	nodes := []node{{-skew / 2}, {0}, {skew / 2}}
	rot := token.Rotation{Skew: skew}
	var ring token.Ring
	made := 0
	dies := map[string]time.Time{}    // by kid: the last exp that it signed
	shownBy := map[string]time.Time{} // by kid: when the last node first showed it
	for real := start; real.Before(start.Add(400 * day)); real = real.Add(time.Minute) {
		n := nodes[(made+int(real.Unix()/60))%len(nodes)]
		if real.Sub(start)%(5*time.Minute) == 0 { // maintenance, by any node
			k := fake(made)
			before := len(ring.Keys) + len(ring.Retired)
			next := upkeep(t, ring, real.Add(n.off), rot, k)
			if len(next.Keys)+len(next.Retired) > before {
				shownBy[k.ID] = real.Add(skew)
				made++
			}
			ring = next
		}
		for _, n := range nodes {
			clock := real.Add(n.off)
			k, ok := ring.Signer(clock, token.RS256)
			if !ok {
				t.Fatalf("%v: no signer", clock)
			}
			if k.ID != "K0" && real.Before(shownBy[k.ID].Add(day-skew)) {
				t.Fatalf("%v: %s signs, shown everywhere only since %v", real, k.ID, shownBy[k.ID])
			}
			if exp := clock.Add(token.MaxAccessLife); exp.After(dies[k.ID]) {
				dies[k.ID] = exp
			}
		}
		for kid, exp := range dies {
			live := false
			for _, n := range nodes {
				if !real.Add(n.off).Before(exp) {
					continue
				}
				live = true
				if !slices.ContainsFunc(ring.Keys, func(k token.Key) bool {
					return k.ID == kid && (k.RetireAt.IsZero() || real.Add(n.off).Before(k.RetireAt))
				}) {
					t.Fatalf("%v: a live token of %s is refused", real.Add(n.off), kid)
				}
			}
			if !live {
				delete(dies, kid)
			}
		}
	}
	if made != 5 || len(ring.Retired) != 4 {
		t.Errorf("%d keys made, %d retired in 400 days; want 5 and 4", made, len(ring.Retired))
	}
}

// TestRotationSignedWalk walks the same way in strides, shorter where keys
// change, with real keys, signatures and verification.
func TestRotationSignedWalk(t *testing.T) {
	nodes := []node{{-skew / 2}, {0}, {skew / 2}}
	type issued struct {
		raw string
		exp time.Time
	}
	var signers token.Signers
	var ring token.Ring
	var live []issued
	made, checked := 0, 0
	real := start
	for i := 0; real.Before(start.Add(400 * day)); i++ {
		n := nodes[i%len(nodes)]
		k := testKeys()[made]
		before := len(ring.Keys) + len(ring.Retired)
		next := rotate(t, ring, real.Add(n.off), k)
		if len(next.Keys)+len(next.Retired) > before {
			made++
		}
		ring = next
		c := claimsAt(real.Add(n.off), token.MaxAccessLife)
		live = append(live, issued{signWith(t, &signers, ring, c), c.Expires.Truncate(time.Second)})
		live = slices.DeleteFunc(live, func(l issued) bool { return !real.Add(-skew).Before(l.exp) })
		for _, n := range nodes {
			clock := real.Add(n.off)
			keys, err := signers.Verifiers(ring.Verifiers(clock))
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range live {
				if !clock.Before(l.exp) {
					continue
				}
				if _, err := token.Verify(keys, issuer, l.raw, clock); err != nil {
					t.Fatalf("%v: token that lives until %v: %v", clock, l.exp, err)
				}
				checked++
			}
		}
		stride := 23*time.Hour + 59*time.Minute
		if len(ring.Keys) > 1 {
			stride = 5*time.Hour + 59*time.Minute
		}
		real = real.Add(stride)
	}
	if made != 5 || checked < 400*3*2 {
		t.Errorf("%d keys made, %d tokens checked", made, checked)
	}
}
