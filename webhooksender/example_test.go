package webhooksender_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/webhooksender"
)

func Example() {
	key, err := webhooksender.ParseKey(os.Getenv("WEBHOOK_KEY")) // whsec_…
	if err != nil {
		log.Fatal(err)
	}
	texts, err := webhooksender.New(webhooksender.Config{URL: "https://gateway.example/sms", Key: key})
	if err != nil {
		log.Fatal(err)
	}
	defer texts.Close()
	engine, err := sallyport.New(context.Background(), sallyport.Config{
		Store: memstore.New(), Keys: sealed.NewKeys(), Issuer: "http://localhost:5000",
		SMS: texts, SMSPrefixes: []string{"+44", "+33"},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
}

// Twilio's Messages resource takes a form.
func ExampleConfig_twilio() {
	sid := os.Getenv("TWILIO_ACCOUNT_SID")
	texts, err := webhooksender.New(webhooksender.Config{
		URL:      "https://api.twilio.com/2010-04-01/Accounts/" + sid + "/Messages.json",
		Username: sid, Password: os.Getenv("TWILIO_AUTH_TOKEN"),
		Form: true,
		Body: `{"To": "{{.To}}", "From": "+15005550006", "Body": "{{.Text}}"}`,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer texts.Close()
}

// Vonage's Messages API takes JSON, and numbers without a plus.
func ExampleConfig_vonage() {
	texts, err := webhooksender.New(webhooksender.Config{
		URL:      "https://api.nexmo.com/v1/messages",
		Username: os.Getenv("VONAGE_API_KEY"), Password: os.Getenv("VONAGE_API_SECRET"),
		Body: `{"channel": "sms", "message_type": "text", "to": "{{.Digits}}", "from": "Acme", "text": "{{.Text}}"}`,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer texts.Close()
}

// A gateway of your own looks at the signature before it reads, and sends what comes twice
// under one id once.
func ExampleVerify() {
	receive := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil || webhooksender.Verify(key, r.Header, body, time.Now()) != nil {
			http.Error(w, "not signed", http.StatusUnauthorized)
			return
		}
		fmt.Println("to be sent:", strings.Contains(string(body), `"to":"+447700900123"`))
		w.WriteHeader(http.StatusAccepted)
	}
	gateway := exampleServer(receive)
	defer gateway.Close()

	texts, err := webhooksender.New(webhooksender.Config{URL: gateway.URL, Key: key})
	if err != nil {
		log.Fatal(err)
	}
	defer texts.Close()
	fmt.Println(texts.Send(context.Background(), text))
	// Output:
	// to be sent: true
	// <nil>
}
