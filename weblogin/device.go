package weblogin

import (
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
)

// deviceLife is how long the cookie of the remembered devices is kept: as long as one is
// remembered at most.
const deviceLife = 30 * 24 * time.Hour

// devices are the device tokens that this browser keeps, as the engine takes them, without what
// is none. In the cookie
// a dot stands for the space, which a cookie may not hold.
func (v *visit) devices() string {
	return sallyport.KeepDeviceToken(strings.ReplaceAll(v.read(deviceCookie), ".", " "), "")
}

// keepDevices has the browser keep these device tokens; none: nothing.
func (v *visit) keepDevices(tokens string) {
	if tokens == "" {
		v.drop(deviceCookie)
		return
	}
	v.keep(deviceCookie, strings.ReplaceAll(tokens, " ", "."), deviceLife)
}
