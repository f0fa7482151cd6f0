package pgstore

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"strings"

	"github.com/jackc/pgx/v5"
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
// Errors: [ErrURL], [ErrName], [ErrTransport], [ErrPooler], [ErrNotDurable],
// [ErrForeign], or the database's.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	sql, err := newStatements(o.Schema, o.Prefix)
	if err != nil {
		return nil, err
	}
	cfg, given, err := configure(url)
	if err != nil {
		return nil, err
	}
	if !o.InsecureTransport {
		if err := checkTransport(&cfg.ConnConfig.Config); err != nil {
			return nil, err
		}
	}
	s := &Store{sql: sql}
	if err := s.connect(ctx, cfg, given, o); err != nil {
		return nil, fmt.Errorf("pgstore: opening: %w", err)
	}
	if err := s.prepare(ctx); err != nil {
		s.pool.Close()
		return nil, fmt.Errorf("pgstore: opening: %w", err)
	}
	return s, nil
}

// connect makes the pool. Where a pooler turns out to stand before the database,
// it is made once more, in the way that suits one.
func (s *Store) connect(ctx context.Context, cfg *pgxpool.Config, given map[string]string, o Options) error {
	s.suspect = &suspicion{most: 2 * cfg.MaxConns}
	cfg.ShouldPing = s.suspect.shouldPing
	pool, err := pgxpool.NewWithConfig(ctx, cfg.Copy())
	if err != nil {
		return err
	}
	pooled, err := isPooled(ctx, pool)
	switch {
	case err == nil && !pooled:
		s.pool = pool
		return nil
	case err != nil && !refusesParameters(err):
		pool.Close()
		return err
	}
	pool.Close()
	s.pooled = true
	schema, err := forPooler(cfg, given, o.Schema)
	if err != nil {
		return err
	}
	if s.sql, err = newStatements(schema, o.Prefix); err != nil {
		return err
	}
	s.pool, err = pgxpool.NewWithConfig(ctx, cfg)
	return err
}

// New returns a store on a pool of the host's own, which stays the host's: it must
// outlive the store, and [Store.Close] leaves it open. Its settings stay as they
// are: statement_timeout should be set, and what [Open] sets beside it makes reads
// cheaper. Transactions of the host and changes of the store have nothing to do
// with each other. ctx bounds New alone.
//
// Errors: [ErrName], [ErrTransport], [ErrNotDurable], [ErrForeign], or the
// database's.
func New(ctx context.Context, pool *pgxpool.Pool, o Options) (*Store, error) {
	sql, err := newStatements(o.Schema, o.Prefix)
	if err != nil {
		return nil, err
	}
	if !o.InsecureTransport {
		if err := checkTransport(&pool.Config().ConnConfig.Config); err != nil {
			return nil, err
		}
	}
	s := &Store{pool: pool, lent: true, sql: sql, suspect: new(suspicion)}
	if s.pooled, err = isPooled(ctx, pool); err == nil {
		err = s.prepare(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("pgstore: opening: %w", err)
	}
	return s, nil
}

// configure reads the URL, and sets what the store depends on. It returns the
// parameters of a connection that the URL, or the environment, has named.
func configure(url string) (cfg *pgxpool.Config, given map[string]string, err error) {
	cfg, err = pgxpool.ParseConfig(url)
	if err != nil {
		var file *fs.PathError
		if errors.As(err, &file) { // a certificate that is not there
			return nil, nil, fmt.Errorf("%w: %w", ErrURL, file)
		}
		return nil, nil, ErrURL
	}
	c := cfg.ConnConfig
	c.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite // a standby answers with the past
	given = maps.Clone(c.RuntimeParams)
	c.RuntimeParams["default_transaction_isolation"] = "read committed" // whatever the database's default is
	for name, value := range settings {
		if c.RuntimeParams[name] == "" {
			c.RuntimeParams[name] = value
		}
	}
	return cfg, given, nil
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

// tryCommit is a change of nothing.
const tryCommit = "SELECT sallyport_commit(1, '{}', '{}', '{}', '{}', '{}')"

// prepare makes sure of the schema, that what is acknowledged is kept, and that
// something can be: the function must reach its table, by the rights of this role,
// and by the name that the table had when the function was made.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.migrate(ctx); err != nil {
		return err
	}
	var mode, readOnly string
	err := s.pool.QueryRow(ctx, "SELECT current_setting('synchronous_commit'), current_setting('transaction_read_only')", pgx.QueryExecModeExec).Scan(&mode, &readOnly)
	switch {
	case err != nil:
		return err
	case mode == "off":
		return ErrNotDurable
	case readOnly == "on":
		return errReadOnly
	}
	if _, err := s.pool.Exec(ctx, s.sql.try); err != nil {
		return fmt.Errorf("trying to commit nothing (if its schema was renamed, give it its old name again; if a right is missing, grant it to this role): %w", err)
	}
	return nil
}

// errReadOnly is of a standby, which answers with the past, in a pool of the
// host's; [Open] does not connect to one.
var errReadOnly = errors.New("the database takes no writes")
