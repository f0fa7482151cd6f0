package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

const (
	userPass = "correct horse battery"
	scopes   = "openid profile IdentityServerApi offline_access"

	tokenPath    = "/connect/token"
	userInfoPath = "/connect/userinfo"
)

// The names of the servers. Ours is sealed always.
const (
	OursInBolt   = "sallyport, bbolt"
	OursInMemory = "sallyport, memory"
	Fosite       = "fosite, memory"
)

// MaxClients is how many clients there are at most.
const MaxClients = 512

// Programs are built binaries.
type Programs struct {
	Sallyport, Fosite string
	// FreeHash says that both were built with a function in the place of the
	// password hash that costs nothing. They read no hash that was made here.
	FreeHash bool
}

// Server is one server under load, with what its clients know.
type Server struct {
	Name    string
	process *process
	host    string
	login   string // form of a login, before the name
	clients []*client
}

// client is one client, who asks nothing before its last question is answered.
type client struct {
	user            string // who logs in again and again
	access, refresh string // of somebody else, so that no login ends their session
}

// Start starts all servers, with their files in dir.
func Start(ctx context.Context, p Programs, dir string) (servers []*Server, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, Stop(servers))
			servers = nil
		}
	}()
	people := filepath.Join(dir, "people.json")
	if err := writePeople(people, p.FreeHash); err != nil {
		return nil, err
	}
	secrets := sallyporttest.ClientSecret + "\n" + userPass + "\n"
	serve := []string{"serve", "-listen", "127.0.0.1:0", "-directory", people, "-log-level", "error", "-store"}
	for _, s := range []struct {
		name, program, login string
		args                 []string
	}{
		{OursInBolt, p.Sallyport, "VGAuthenticator&Password=%s&Username=", append(serve, "bolt:"+filepath.Join(dir, "load.db"))},
		{OursInMemory, p.Sallyport, "VGAuthenticator&Password=%s&Username=", append(serve, "memory:")},
		{Fosite, p.Fosite, "password&password=%s&username=", []string{"-client", sallyporttest.ClientID}},
	} {
		proc, err := start(ctx, secrets, s.program, s.args...)
		if err != nil {
			return servers, err
		}
		server := &Server{Name: s.name, process: proc, host: strings.TrimPrefix(proc.url, "http://")}
		server.login = credentials + "&scope=" + escape(scopes) + "&grant_type=" + fmt.Sprintf(s.login, escape(userPass))
		for i := range MaxClients {
			server.clients = append(server.clients, &client{user: person("login", i)})
		}
		servers = append(servers, server)
	}
	return servers, nil
}

const credentials = "client_id=" + sallyporttest.ClientID + "&client_secret=" + sallyporttest.ClientSecret

// Stop ends servers, and waits until they have ended.
func Stop(servers []*Server) error {
	var errs []error
	for _, s := range servers {
		if err := s.process.stop(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.Name, err))
		}
	}
	return errors.Join(errs...)
}

func person(what string, i int) string { return fmt.Sprintf("person-%s-%04d", what, i) }

// writePeople writes the directory file: the users of all clients, who have one
// password, in clear or hashed at the default cost.
func writePeople(path string, clear bool) error {
	field, secret := "password", userPass
	if !clear {
		var err error
		field = "passwordHash"
		if secret, err = password.DefaultParams().Hash(userPass); err != nil {
			return err
		}
	}
	type object map[string]any
	grant := []object{{"application": sallyporttest.ApplicationName, "role": sallyporttest.RoleName}}
	var users []object
	for i := range MaxClients {
		for _, what := range []string{"login", "token"} {
			users = append(users, object{"name": person(what, i), field: secret, "roles": grant})
		}
	}
	raw, err := json.Marshal(object{
		"applications": []object{{"id": sallyporttest.ApplicationID, "name": sallyporttest.ApplicationName, "roles": []object{{"name": sallyporttest.RoleName}}}},
		"clients": []object{{
			"application": sallyporttest.ApplicationName, "platform": "Native", "grantTypes": []string{"VGAuthenticator", "refresh_token"},
			"scopes": strings.Fields(scopes), "secrets": []object{{"value": sallyporttest.ClientSecret}}, "accessTokenLifetime": "24h",
		}},
		"users": users,
	})
	if err != nil {
		return err
	}
	if _, err := directory.Parse(raw); err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o600)
}

// SignIn gets the tokens that the first clients refresh and show.
func (s *Server) SignIn(clients int) error {
	errs := make([]error, clients)
	var wg sync.WaitGroup
	slots := make(chan struct{}, 8)
	for i, c := range s.clients[:clients] {
		slots <- struct{}{}
		wg.Go(func() {
			errs[i] = s.signIn(c, person("token", i))
			<-slots
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (s *Server) signIn(c *client, name string) error {
	conn, err := dial(s.host)
	if err != nil {
		return err
	}
	defer conn.close()
	status, err := conn.post(tokenPath, s.login+name)
	if err != nil || status != 200 {
		return fmt.Errorf("%s: logging in: got status %d, %v: %s", s.Name, status, err, conn.body.Bytes())
	}
	return c.keep(conn)
}

// keep remembers the tokens of an answer.
func (c *client) keep(conn *conn) (err error) {
	if c.access, err = conn.field("access_token"); err != nil {
		return err
	}
	c.refresh, err = conn.field("refresh_token")
	return err
}
