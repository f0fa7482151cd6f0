// Package rivals holds servers made of other libraries, for the benchmarks and
// for the load program.
package rivals

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/handler/oauth2"
	"github.com/ory/fosite/storage"
	"github.com/ory/fosite/token/jwt"
)

// FositeConfig says what a [Fosite] is set up with.
type FositeConfig struct {
	Issuer           string
	ClientID, Secret string
	Scopes           []string
	Key              any // what fosite signs access tokens with
	// Authenticate returns nil for a right password, which is compared before
	// anything is read from the store.
	Authenticate func(ctx context.Context, name, password string) error
}

// Fosite is an authorization server of fosite over its memory store, with the
// password and the refresh grant, access tokens that are JWTs, and introspection
// that reads the session again.
type Fosite struct {
	issuer   string
	provider fosite.OAuth2Provider
}

// NewFosite returns a server. Client secrets are compared without a hash.
func NewFosite(c FositeConfig) *Fosite {
	s := &fositeStore{MemoryStore: storage.NewMemoryStore(), authenticate: c.Authenticate}
	s.Clients[c.ClientID] = &fosite.DefaultClient{
		ID: c.ClientID, Secret: []byte(c.Secret), GrantTypes: fosite.Arguments{"password", "refresh_token"}, Scopes: c.Scopes,
	}
	cfg := &fosite.Config{
		GlobalSecret: make([]byte, 32), ClientSecretsHasher: plainSecrets{},
		AccessTokenIssuer: c.Issuer, AccessTokenLifespan: 24 * time.Hour,
	}
	strategy := compose.NewOAuth2JWTStrategy(func(context.Context) (any, error) { return c.Key, nil },
		compose.NewOAuth2HMACStrategy(cfg), cfg)
	p := compose.Compose(cfg, s, strategy, compose.OAuth2RefreshTokenGrantFactory,
		//lint:ignore SA1019 the grant is discouraged, but it is the one to compare with
		compose.OAuth2ResourceOwnerPasswordCredentialsFactory, compose.OAuth2TokenIntrospectionFactory)
	return &Fosite{issuer: c.Issuer, provider: p}
}

// Handler serves the two endpoints under the paths that ours has.
func (f *Fosite) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /connect/token", f.Token)
	mux.HandleFunc("GET /connect/userinfo", f.UserInfo)
	return mux
}

// Token is the token endpoint.
func (f *Fosite) Token(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	session := &oauth2.JWTSession{
		JWTClaims: &jwt.JWTClaims{Issuer: f.issuer, Extra: map[string]any{}}, JWTHeader: &jwt.Headers{},
	}
	req, err := f.provider.NewAccessRequest(ctx, r, session)
	if err != nil {
		f.provider.WriteAccessError(ctx, w, req, err)
		return
	}
	if name := req.GetRequestForm().Get("username"); name != "" { // a refresh has the session of the login
		session.JWTClaims.Subject, session.JWTClaims.Extra["vgUserId"] = name, name
	}
	for _, scope := range req.GetRequestedScopes() {
		req.GrantScope(scope)
	}
	resp, err := f.provider.NewAccessResponse(ctx, req)
	if err != nil {
		f.provider.WriteAccessError(ctx, w, req, err)
		return
	}
	f.provider.WriteAccessResponse(ctx, w, req, resp)
}

// UserInfo answers who the bearer of an access token is.
func (f *Fosite) UserInfo(w http.ResponseWriter, r *http.Request) {
	name, err := f.Introspect(r.Context(), fosite.AccessTokenFromRequest(r))
	if err != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	_ = json.NewEncoder(w).Encode(map[string]string{"sub": name}) // who does not read it has gone
}

// Introspect verifies an access token and reads its session again. It returns
// the name of the user.
func (f *Fosite) Introspect(ctx context.Context, token string) (name string, err error) {
	_, req, err := f.provider.IntrospectToken(ctx, token, fosite.AccessToken, &oauth2.JWTSession{})
	if err != nil {
		return "", err
	}
	session, ok := req.GetSession().(*oauth2.JWTSession)
	if !ok {
		return "", errors.New("rivals: fosite has kept another kind of session")
	}
	return session.JWTClaims.Subject, nil
}

// plainSecrets is a hasher of client secrets that hashes nothing.
type plainSecrets struct{}

func (plainSecrets) Hash(_ context.Context, data []byte) ([]byte, error) { return data, nil }

func (plainSecrets) Compare(_ context.Context, hash, data []byte) error {
	if subtle.ConstantTimeCompare(hash, data) != 1 {
		return fosite.ErrInvalidClient
	}
	return nil
}

// fositeStore puts one lock around the refresh tokens of fosite's memory store,
// which writes their map under two different mutexes, and checks passwords as
// all others do.
type fositeStore struct {
	*storage.MemoryStore
	mu           sync.RWMutex
	authenticate func(ctx context.Context, name, password string) error
}

func (s *fositeStore) CreateRefreshTokenSession(ctx context.Context, sig, access string, r fosite.Requester) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.MemoryStore.CreateRefreshTokenSession(ctx, sig, access, r)
}

func (s *fositeStore) GetRefreshTokenSession(ctx context.Context, sig string, ses fosite.Session) (fosite.Requester, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.MemoryStore.GetRefreshTokenSession(ctx, sig, ses)
}

func (s *fositeStore) DeleteRefreshTokenSession(ctx context.Context, sig string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.MemoryStore.DeleteRefreshTokenSession(ctx, sig)
}

func (s *fositeStore) RevokeRefreshToken(ctx context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.MemoryStore.RevokeRefreshToken(ctx, id)
}

func (s *fositeStore) RotateRefreshToken(ctx context.Context, id, sig string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.MemoryStore.RotateRefreshToken(ctx, id, sig)
}

func (s *fositeStore) Authenticate(ctx context.Context, name, password string) (string, error) {
	return name, s.authenticate(ctx, name, password)
}
