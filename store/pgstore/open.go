package pgstore

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Open connects to the database that url names, brings its schema up to date,
// and returns a store on it. ctx bounds Open alone.
//
// The URL is that of pgxpool.ParseConfig: postgres://USER@HOST:PORT/DATABASE
// with parameters such as sslmode, sslrootcert, connect_timeout,
// statement_timeout and pool_max_conns (by default the number of processors,
// at least 4). Passwords may stand in it, or in the environment and password
// file that PostgreSQL's own tools read. With search_path=NAME everything lives
// in the schema of that name, which must exist. Where several hosts are named,
// the one that takes writes is used.
//
// Errors: [ErrURL], [ErrTransport], [ErrNotDurable], [ErrForeign], or the
// database's.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	cfg, err := configure(url)
	if err != nil {
		return nil, err
	}
	if !o.InsecureTransport {
		if err := checkTransport(&cfg.ConnConfig.Config); err != nil {
			return nil, err
		}
	}
	s := &Store{suspect: &suspicion{most: 2 * cfg.MaxConns}}
	cfg.ShouldPing = s.suspect.shouldPing
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("pgstore: opening: %w", err)
	}
	if err := prepare(ctx, pool); err != nil {
		pool.Close()
		return nil, fmt.Errorf("pgstore: opening: %w", err)
	}
	s.pool = pool
	return s, nil
}

// configure reads the URL, and sets what the store depends on.
func configure(url string) (*pgxpool.Config, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		var file *fs.PathError
		if errors.As(err, &file) { // a certificate that is not there
			return nil, fmt.Errorf("%w: %w", ErrURL, file)
		}
		return nil, ErrURL
	}
	c := cfg.ConnConfig
	c.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite // a standby answers with the past
	c.RuntimeParams["default_transaction_isolation"] = "read committed"   // whatever the database's default is
	for name, value := range settings {
		if c.RuntimeParams[name] == "" {
			c.RuntimeParams[name] = value
		}
	}
	return cfg, nil
}

// settings are those of a connection where the URL names no others.
var settings = map[string]string{
	"application_name":  "sallyport",
	"statement_timeout": "30s",
	// Left to itself the server plans a Load anew each time, since it takes six
	// keys for cheaper than the ten that it assumes of an array; planning costs
	// twice what reading does. No plan of ours depends on the parameters.
	"plan_cache_mode": "force_generic_plan",
	// A plan is kept until statistics are gathered. One that was made while the
	// table was empty must not read all of it when it no longer is, nor collect
	// and sort what the index has in order.
	"enable_seqscan":    "off",
	"enable_bitmapscan": "off",
}

// checkTransport looks at every address that may be tried. sslmode=verify-full
// is the one mode in which Go itself checks the chain and the name.
func checkTransport(c *pgconn.Config) error {
	verified := func(t *tls.Config) bool { return t != nil && !t.InsecureSkipVerify && t.ServerName != "" }
	if !isLocal(c.Host) && !verified(c.TLSConfig) {
		return ErrTransport
	}
	for _, f := range c.Fallbacks {
		if !isLocal(f.Host) && !verified(f.TLSConfig) {
			return ErrTransport
		}
	}
	return nil
}

// isLocal is true for Unix sockets and loopback addresses.
func isLocal(host string) bool {
	if network, _ := pgconn.NetworkAddress(host, 0); network == "unix" || strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// prepare makes sure of the schema, and that what is acknowledged is kept.
func prepare(ctx context.Context, pool *pgxpool.Pool) error {
	if err := migrate(ctx, pool); err != nil {
		return err
	}
	var mode string
	if err := pool.QueryRow(ctx, "SELECT current_setting('synchronous_commit')").Scan(&mode); err != nil {
		return err
	}
	if mode == "off" {
		return ErrNotDurable
	}
	return nil
}
