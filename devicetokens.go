package sallyport

import "github.com/sallyport-auth/sallyport/mfa"

// KeepDeviceToken returns the device tokens that a browser is to keep from now on, in a
// cookie: those that it brought, with the [Result].DeviceToken of a login just granted, which
// takes the place of the one of its account. They are at most five, each of another account,
// the newest last and with a single space between them; the oldest goes. It is what
// [Login].DeviceToken takes.
//
// What is no token is dropped, so without a fresh one it is what a browser brought, made
// clean: at most 484 characters of A to F, digits and spaces, or nothing. The result is a
// secret. It needs no engine and looks nothing up.
func KeepDeviceToken(brought, fresh string) string {
	return mfa.ParseDeviceTokens(brought).With(mfa.ParseDeviceToken(fresh)).Text()
}

// DropDeviceToken returns the device tokens that a browser is to keep, as [KeepDeviceToken]
// does, without that of a device, by its ID in [Device]: once [Engine.ForgetDevice] has
// forgotten it, which alone ends it.
func DropDeviceToken(brought, device string) string {
	return mfa.ParseDeviceTokens(brought).Without(device).Text()
}
