package domain

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
)

const (
	label  = "_apiq-challenge"
	prefix = "apiq-domain-verification="
	// maxRecords and maxValue bound what is looked at of an answer.
	maxRecords = 64
	maxValue   = 512
)

// Resolver asks DNS: a net.Resolver, or what bounds one. It returns within a time of its
// own. A name without text records is a net.DNSError that IsNotFound; every other
// error says nothing about the name.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// Record is the text record that shows that a domain is the workspace's.
type Record struct {
	Type  string `json:"type"`
	Name  string `json:"name"`
	Value string `json:"value"`
}

func record(name, token string) Record {
	return Record{Type: "TXT", Name: label + "." + name, Value: prefix + token}
}

func newToken() string { return strings.ToLower(rand.Text()) }

// unsure: DNS gave no answer that says anything.
var errUnsure = errors.New("domain: no answer of DNS")

// shown says whether the record is there; errUnsure where that cannot be told.
func (s *Service) shown(ctx context.Context, r Record) (bool, error) {
	// The dot at the end keeps search lists of the machine out of it.
	values, err := s.resolver.LookupTXT(ctx, r.Name+".")
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return false, nil
	case err != nil:
		return false, errors.Join(errUnsure, err)
	}
	for _, v := range values[:min(len(values), maxRecords)] {
		if len(v) <= maxValue && subtle.ConstantTimeCompare([]byte(strings.TrimSpace(v)), []byte(r.Value)) == 1 {
			return true, nil
		}
	}
	return false, nil
}

func notShown(r Record) error {
	return problem("record_missing", "There is no TXT record "+r.Name+" with this value yet. New records take minutes to be seen, sometimes an hour: check its name and value, and verify again.")
}

func unsure(err error) error {
	return apierr.Wrap(apierr.UpstreamError, "DNS does not answer for this domain at the moment. Try again in some minutes; if it stays so, look at the domain's name servers.", err)
}
