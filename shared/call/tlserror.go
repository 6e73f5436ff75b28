package call

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
)

// tlsRecordError is what a server that does not speak TLS leaves behind.
type tlsRecordError = tls.RecordHeaderError

func isCertificate(err error) bool {
	var verify *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var alert tls.AlertError
	return errors.As(err, &verify) || errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid) || errors.As(err, &alert)
}
