package smtpsender_test

import (
	"context"
	"log"
	"os"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/smtpsender"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

func Example() {
	mails, err := smtpsender.New(smtpsender.Config{
		Addr: "mail.example.com:587", User: "me", Password: os.Getenv("SMTP_PASSWORD"),
		From: "Acme <no-reply@acme.example>",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer mails.Close()
	engine, err := sallyport.New(context.Background(), sallyport.Config{
		Store: memstore.New(), Keys: sealed.NewKeys(), Issuer: "http://localhost:5000",
		Email: mails, Language: "de",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
}
