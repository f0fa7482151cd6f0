// Package load puts servers under load: the built command `sallyport serve`, over
// a bbolt file and in memory, and a small server of fosite. All run as processes
// of their own on loopback ports, and many clients ask them at once.
package load
