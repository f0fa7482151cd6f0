package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

var errTooMany = errors.New("too many guesses, try again later")

// redeem is a host's own call, in which people could guess.
func redeem(ctx context.Context, engine *sallyport.Engine, accountID, voucher string) error {
	c, err := engine.Charge(ctx, sallyport.Ledger{Name: "vouchers", Size: 5, Period: time.Hour}, accountID)
	if err != nil || !c.OK {
		return errTooMany // an error means no
	}
	if voucher != "SPRING" {
		return errors.New("no such voucher")
	}
	return nil
}

// A host counts the guesses at something of its own, before it looks.
func ExampleEngine_Charge() {
	ctx := context.Background()
	engine, err := sallyport.New(ctx, sallyport.Config{Store: memstore.New(), Keys: sealed.NewKeys(), Issuer: "http://localhost:5000"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Close()
	for range 6 {
		err = redeem(ctx, engine, "ada", "SUMMER")
	}
	fmt.Println(err)
	fmt.Println(redeem(ctx, engine, "bob", "SPRING"))
	// Output:
	// too many guesses, try again later
	// <nil>
}
