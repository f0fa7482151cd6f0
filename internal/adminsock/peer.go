package adminsock

import (
	"fmt"
	"net"
	"os"
)

// root is the user that may do everything.
const root = 0

// checkClient refuses a peer of the server that is neither its own user nor root.
// Where the system does not tell who a peer is, the rights of the folder stand alone.
func checkClient(c *net.UnixConn) error {
	uid, known, err := peerUID(c)
	if err != nil {
		return fmt.Errorf("asking who the peer is: %w", err)
	}
	if known && uid != os.Geteuid() && uid != root {
		return fmt.Errorf("user %d may not administer this server: run the command as the user of the server, or as root", uid)
	}
	return nil
}

// checkServer refuses a peer of the client that is neither its own user nor root,
// since it is about to be told passwords. Root talks to everybody.
func checkServer(c *net.UnixConn) error {
	uid, known, err := peerUID(c)
	if err != nil {
		return fmt.Errorf("asking who the server is: %w", err)
	}
	if me := os.Geteuid(); known && me != root && uid != me && uid != root {
		return fmt.Errorf("the server there is of user %d, and this is user %d: run the command as that user, or as root", uid, me)
	}
	return nil
}
