package token_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/token"
)

// A login is complete: it becomes a session, an access token and a refresh
// token. What the client brings back later leads to the session again.
func Example() {
	const issuer = "http://localhost:5000"
	indexKey := make([]byte, 32)
	rand.Read(indexKey)
	idx, err := store.NewIndex(indexKey)
	if err != nil {
		panic(err)
	}
	db := store.NewDB(memstore.New(), "")
	now := time.Now()

	key, err := token.NewKey(token.RS256, token.DefaultKeyBits, now)
	if err != nil {
		panic(err)
	}
	ring, _, err := token.Ring{}.Rotate(now, token.Rotation{}, &key)
	if err != nil {
		panic(err)
	}

	var session token.Session
	var refresh string
	err = db.Run(context.Background(), now, func(tx *store.Tx) error {
		session, refresh, err = token.Begin(tx, idx, now, token.NewSession{
			Account: "00112233445566778899aabbccddeeff",
			Home:    "c3a0f2b1d4e5968778695a4b3c2d1e0f",
			Client:  "18de8ce7-80e7-4c66-a672-4ffa3eb56d54_Native",
			Name:    "kunal",
			Scopes:  []string{"openid", "offline_access"},
		})
		return err
	})
	if err != nil {
		panic(err)
	}

	var signers token.Signers
	current, _ := ring.Signer(now, token.RS256)
	signer, err := signers.Signer(current)
	if err != nil {
		panic(err)
	}
	access, err := token.Sign(signer, token.Claims{
		NotBefore: now, IssuedAt: now, Expires: session.TokenEnd(now, token.DefaultAccessLife), AuthTime: session.AuthTime,
		Issuer: issuer, ClientID: session.Client, Subject: session.Name, UserID: session.Name,
		VGToken: token.SealVGToken(idx, session.ID, session.Account), ID: "0603167D4FBFA7F0A5B99A786CC02EB1",
		Scopes: session.Scopes,
	})
	if err != nil {
		panic(err)
	}

	keys, err := signers.Verifiers(ring.Verifiers(now))
	if err != nil {
		panic(err)
	}
	claims, err := token.Verify(keys, issuer, access, now)
	id, _, ok := token.OpenVGToken(idx, claims.VGToken)
	fmt.Println(claims.Subject, err, ok && id == session.ID)

	id, _, ok = token.ParseRefreshToken(refresh)
	fmt.Println(len(refresh), ok && id == session.ID)
	// Output:
	// kunal <nil> true
	// 64 true
}
