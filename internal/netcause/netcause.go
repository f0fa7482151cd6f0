// Package netcause says in words of its own why a server could not be talked to: errors of
// the network and of its libraries repeat addresses, URLs and what the server has said,
// which may be what it was sent.
package netcause

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// The causes.
var (
	ErrTime     = errors.New("the server did not answer in time")
	ErrClosed   = errors.New("the server closed the connection")
	ErrTrust    = errors.New("the server's certificate is not signed by an authority that is trusted, or has expired")
	ErrName     = errors.New("the server's certificate is for another name")
	ErrHost     = errors.New("there is no such host")
	ErrProtocol = errors.New("the server does not keep to the protocol")
)

// Of returns what happened: one of the causes, or a [syscall.Errno] such as "connection
// refused". What is not known is the protocol's: no text of the server passes.
func Of(ctx context.Context, err error) error {
	if ctx.Err() != nil || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return ErrTime
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return ErrName
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return ErrTrust
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return ErrHost
	}
	if n, ok := errors.AsType[syscall.Errno](err); ok {
		return n
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return ErrClosed
	}
	return ErrProtocol
}
