package call

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
)

// tlsRecordError is what a server that does not speak TLS leaves behind.
type tlsRecordError = tls.RecordHeaderError

// wantsCertificate: the peer ended the handshake over the client's certificate.
func wantsCertificate(err error) bool {
	var op *net.OpError // which holds an alert of a type that crypto/tls keeps to itself
	return errors.As(err, &op) && op.Op == "remote error" && strings.Contains(op.Err.Error(), "certificate")
}

func isCertificate(err error) bool {
	var verify *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var alert tls.AlertError
	return errors.As(err, &verify) || errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid) || errors.As(err, &alert)
}
