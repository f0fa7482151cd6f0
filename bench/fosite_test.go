package bench

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	jose3 "github.com/go-jose/go-jose/v3"
	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/handler/oauth2"
	"github.com/ory/fosite/storage"
	"github.com/ory/fosite/token/jwt"
)

// fositeStore puts one lock around the refresh tokens of fosite's memory store,
// which writes their map under two different mutexes, and checks passwords as
// all others do.
type fositeStore struct {
	*storage.MemoryStore
	mu sync.RWMutex
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

func (*fositeStore) Authenticate(_ context.Context, name, pw string) (string, error) {
	return name, checkUser(name, pw)
}

func newFosite() library {
	s := &fositeStore{MemoryStore: storage.NewMemoryStore()}
	s.Clients[clientID] = &fosite.DefaultClient{
		ID: clientID, Secret: []byte(secret), GrantTypes: fosite.Arguments{"password", "refresh_token"},
		Scopes: strings.Fields(scopes),
	}
	cfg := &fosite.Config{
		GlobalSecret: make([]byte, 32), ClientSecretsHasher: plainSecrets{},
		AccessTokenIssuer: issuer, AccessTokenLifespan: 30 * time.Minute,
	}
	var key any = rsaKey()
	if free {
		key = freeJose3{&jose3.JSONWebKey{Key: rsaKey(), Algorithm: "RS256", KeyID: "k"}}
	}
	strategy := compose.NewOAuth2JWTStrategy(func(context.Context) (any, error) { return key, nil },
		compose.NewOAuth2HMACStrategy(cfg), cfg)
	p := compose.Compose(cfg, s, strategy, compose.OAuth2RefreshTokenGrantFactory,
		//lint:ignore SA1019 the grant is discouraged, but it is the one to compare with
		compose.OAuth2ResourceOwnerPasswordCredentialsFactory, compose.OAuth2StatelessJWTIntrospectionFactory)
	return library{
		name: "fosite", path: "/connect/token", handler: fositeHandler{p},
		password: passwordForm("password", "username", "password"),
	}
}

type fositeHandler struct{ fosite.OAuth2Provider }

func (p fositeHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	session := &oauth2.JWTSession{
		JWTClaims: &jwt.JWTClaims{Subject: userName, Issuer: issuer, Extra: map[string]any{"vgUserId": userName}},
		JWTHeader: &jwt.Headers{},
	}
	req, err := p.NewAccessRequest(ctx, r, session)
	if err != nil {
		p.WriteAccessError(ctx, w, req, err)
		return
	}
	for _, scope := range req.GetRequestedScopes() {
		req.GrantScope(scope)
	}
	resp, err := p.NewAccessResponse(ctx, req)
	if err != nil {
		p.WriteAccessError(ctx, w, req, err)
		return
	}
	p.WriteAccessResponse(ctx, w, req, resp)
}
