// Package adminsock carries administrative commands between two processes of one
// machine over a Unix socket: to the server that holds a store, from the command
// that an operator types.
//
// A connection carries one command. The server says {"ready":true}, or why it takes
// none. Only then the client sends one line of JSON, a [Request]: a client that was
// not told so knows that nothing was done. The server answers with a line {"value": …} for each value of the answer, one for
// most commands and many for lists, and with a last line {"end": {}} or
// {"end": {"error": "…", "code": 1}}. An answer without its last line is no answer.
//
// The socket lies in a folder that its owner alone can open (mode 0700). On Linux the
// server also asks the system who the peer is (SO_PEERCRED, unix(7)) and answers its
// own user and root alone; the client talks to its own user and root alone, unless it
// is root. A request may hold passwords: nothing here logs more of it than its
// command, its actor and why it was refused.
package adminsock
