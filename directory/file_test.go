package directory_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestFilePrintsNoSecret(t *testing.T) {
	d := parse(t, exampleFile(t))
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{d, &d, d.Users, d.Users[0], d.Clients, d.Clients[0].Secrets, *d.Users[0].TOTP} {
			if s := fmt.Sprintf(format, v); strings.Contains(s, "correct horse") || strings.Contains(s, `"secret"`) || strings.Contains(s, "secret}") || strings.Contains(s, "JBSW") {
				t.Errorf("%s of %T prints %s", format, v, s)
			}
		}
	}
}
