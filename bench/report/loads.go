package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/bench/load"
	"github.com/sallyport-auth/sallyport/bench/plot"
)

// kind is a row of windows: what clients ask for, of which build.
type kind struct {
	name     string // in words
	file     string // of its plot
	ask      load.Kind
	freeHash bool
	time     time.Duration // of each window
	first    int           // only in so many passes; 0: in all
}

// kinds are what is asked for. A password is hashed in 25 ms, so logins with it
// need more time than others to tell anything, and get fewer passes.
var kinds = []kind{
	{"logins, hash left out", "logins-without-hash", load.Login, true, 300 * time.Millisecond, 0},
	{"refreshes", "refreshes", load.Refresh, false, 300 * time.Millisecond, 0},
	{"userinfo", "userinfo", load.UserInfo, false, 300 * time.Millisecond, 0},
	{"logins", "logins", load.Login, false, time.Second, 3},
}

var serverNames = []string{load.OursInBolt, load.OursInMemory, load.Fosite}

// clientCounts are how many ask at once; a quick look leaves out the most.
func clientCounts(scale float64) []int {
	if scale < 1 {
		return []int{1, 8, 64}
	}
	return []int{1, 8, 64, load.MaxClients}
}

func loadKey(server string, k kind, clients int) string {
	return fmt.Sprintf("Load/%s/%s/clients=%d", server, k.name, clients)
}

// loads are the servers of a run.
type loads struct {
	whole, free []*load.Server
	counts      []int
}

// startLoads starts all servers, and signs the clients in.
func startLoads(ctx context.Context, b binaries, s setting) (l loads, err error) {
	l.counts = clientCounts(s.scale)
	defer func() {
		if err != nil {
			err = errors.Join(err, l.stop())
		}
	}()
	for _, group := range []struct {
		servers  *[]*load.Server
		programs load.Programs
		dir      string
	}{{&l.whole, b.servers, "load"}, {&l.free, b.freeHash, "load-free"}} {
		dir := filepath.Join(s.dir, group.dir)
		if err := os.Mkdir(dir, 0o700); err != nil {
			return l, err
		}
		if *group.servers, err = load.Start(ctx, group.programs, dir); err != nil {
			return l, err
		}
	}
	for _, server := range l.whole {
		if err := server.SignIn(slices.Max(l.counts)); err != nil {
			return l, err
		}
	}
	return l, nil
}

func (l loads) stop() error { return errors.Join(load.Stop(l.whole), load.Stop(l.free)) }

// measure drives each kind at each server once, and adds what it saw to p; n is
// the number of the pass, from 0.
func (l loads) measure(p pass, n int, scale float64) error {
	for _, k := range kinds {
		if k.first > 0 && n >= k.first {
			continue
		}
		for _, clients := range l.counts {
			servers := l.whole
			if k.freeHash {
				servers = l.free
			}
			for _, s := range servers {
				w, err := s.Drive(k.ask, clients, time.Duration(scale*float64(k.time)))
				if err != nil {
					return err
				}
				if w.Answered > 0 {
					p.addWindow(loadKey(s.Name, k, clients), w)
				}
			}
		}
	}
	return nil
}

func (p pass) addWindow(key string, w load.Window) {
	p[key+" answers/s"] = float64(w.Answered) / w.Elapsed.Seconds()
	p[key+" p50-ns/op"] = float64(w.Median.Nanoseconds())
	p[key+" p99-ns/op"] = float64(w.P99.Nanoseconds())
	p[key+" refused"] = 100 * float64(w.Refused) / float64(w.Answered+w.Refused)
	if w.Used > 0 {
		p[key+" cpu-ns/op"] = float64(w.Used.Nanoseconds()) / float64(w.Answered+w.Refused)
	}
}

// renderLoads is the table of all windows.
func renderLoads(passes []pass, counts []int) string {
	var b strings.Builder
	b.WriteString("| what | clients | " + strings.Join(serverNames, " | ") + " |\n|---|---|---|---|---|\n")
	for _, k := range kinds {
		for _, clients := range counts {
			fmt.Fprintf(&b, "| %s | %d |", k.name, clients)
			for _, s := range serverNames {
				fmt.Fprintf(&b, " %s |", windowCell(loadKey(s, k, clients), passes))
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// windowCell is what a server did, in medians.
func windowCell(key string, passes []pass) string {
	rate, ok := one(key + " answers/s").median(passes)
	if !ok {
		return "–"
	}
	show := func(unit string) string {
		v, ok := one(key + " " + unit).median(passes)
		if !ok {
			return "–"
		}
		return figure(v, unit)
	}
	cell := fmt.Sprintf("%.0f/s; %s, %s; %s", rate, show("p50-ns/op"), show("p99-ns/op"), show("cpu-ns/op"))
	if refused, _ := one(key + " refused").median(passes); refused > 0 {
		cell += fmt.Sprintf("; %.3g %% refused", refused)
	}
	return cell
}

// drawLoads draws a plot of each kind.
func drawLoads(dir string, passes []pass, counts []int) error {
	for _, k := range kinds {
		c := plot.Chart{Title: strings.ToUpper(k.name[:1]) + k.name[1:] + " a second, by clients at once", X: "clients", Y: "answers a second"}
		for _, s := range serverNames {
			line := plot.Series{Name: s}
			for _, clients := range counts {
				if v, ok := one(loadKey(s, k, clients) + " answers/s").median(passes); ok && v > 0 {
					line.Points = append(line.Points, plot.Point{X: float64(clients), Y: v})
				}
			}
			c.Series = append(c.Series, line)
		}
		if err := draw(filepath.Join(dir, k.file+".svg"), c); err != nil {
			return err
		}
	}
	return nil
}

// drawAccounts draws what a login costs by the accounts that there are.
func drawAccounts(file string, passes []pass, sizes []int) error {
	c := plot.Chart{Title: "What a lone login costs, by accounts in the store", X: "accounts and sessions", Y: "µs, or bytes written"}
	for _, s := range []struct{ name, benchmark, unit string }{
		{"bbolt, µs", "Lone/bbolt", "ns/op"}, {"bbolt, bytes written", "Lone/bbolt", "written-B/op"}, {"PostgreSQL, µs", "Lone/PostgreSQL", "ns/op"},
	} {
		line := plot.Series{Name: s.name}
		for _, n := range sizes {
			v, ok := one(fmt.Sprintf("%s accounts=%d-%s", s.benchmark, n, s.unit)).median(passes)
			if s.unit == timeUnit {
				v /= microsecond
			}
			if ok && v > 0 {
				line.Points = append(line.Points, plot.Point{X: float64(n), Y: v})
			}
		}
		c.Series = append(c.Series, line)
	}
	return draw(file, c)
}

func draw(file string, c plot.Chart) error {
	text, err := c.SVG()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}
