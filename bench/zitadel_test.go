package bench

import (
	"context"
	"crypto/sha256"
	"io"
	"log/slog"
	"testing"

	jose4 "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// The example storage of zitadel/oidc hands out opaque access tokens. These
// wrappers make it hand out JWTs, as all others do.
type (
	zitadelClient  struct{ op.Client }
	zitadelStorage struct{ *storage.Storage }
	zitadelKey     struct{ op.SigningKey }
)

func (zitadelClient) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }
func (zitadelClient) AuthMethod() oidc.AuthMethod         { return oidc.AuthMethodPost }

func (zitadelKey) Key() any {
	if free {
		return freeJose4{&jose4.JSONWebKey{Key: &rsaKey().PublicKey, Algorithm: "RS256", KeyID: "k"}}
	}
	return rsaKey()
}

func (s zitadelStorage) SigningKey(ctx context.Context) (op.SigningKey, error) {
	k, err := s.Storage.SigningKey(ctx)
	return zitadelKey{k}, err
}

func (s zitadelStorage) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	c, err := s.Storage.GetClientByClientID(ctx, id)
	if err != nil {
		return nil, err
	}
	return zitadelClient{c}, nil
}

// newZitadel has no password grant, and its refresh answers always carry an ID
// token as well, which is a second signature.
func newZitadel(tb testing.TB) library {
	tb.Helper()
	quiet := slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError}))
	storage.RegisterClients(storage.WebClient(clientID, secret))
	s := zitadelStorage{storage.NewStorage(storage.NewUserStore(issuer))}
	p, err := op.NewProvider(&op.Config{
		CryptoKey: sha256.Sum256([]byte("k")), AuthMethodPost: true, GrantTypeRefreshToken: true,
	}, s, op.StaticIssuer(issuer), op.WithAllowInsecure(), op.WithLogger(quiet))
	if err != nil {
		tb.Fatal(err)
	}
	return library{
		name: "zitadel", path: "/oauth/token", handler: p,
		first: func(tb testing.TB) string { return s.login(tb) },
	}
}

// login does to the storage what the end of an authorization-code login does.
func (s zitadelStorage) login(tb testing.TB) string {
	tb.Helper()
	req, err := s.CreateAuthRequest(tb.Context(), &oidc.AuthRequest{
		ClientID: clientID, Scopes: oidc.SpaceDelimitedArray{"openid", "offline_access"},
		ResponseType: oidc.ResponseTypeCode, RedirectURI: issuer,
	}, "id1")
	if err != nil {
		tb.Fatal(err)
	}
	_, refresh, _, err := s.CreateAccessAndRefreshTokens(tb.Context(), req, "")
	if err != nil {
		tb.Fatal(err)
	}
	return refresh
}
