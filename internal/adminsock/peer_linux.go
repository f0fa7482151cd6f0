package adminsock

import (
	"errors"
	"net"
	"syscall"
)

// peerUID returns the user that the other end of a connection had when it connected
// or listened (SO_PEERCRED, unix(7)).
func peerUID(c *net.UnixConn) (uid int, known bool, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, false, err
	}
	var cred *syscall.Ucred
	var fault error
	err = raw.Control(func(fd uintptr) {
		cred, fault = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err := errors.Join(err, fault); err != nil {
		return 0, false, err
	}
	return int(cred.Uid), true, nil
}
