package domain

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/apiq/apiq/shared/apierr"
)

// maxName leaves room for the record's own label in the 253 characters of a name.
const maxName = 253 - len(label) - 1

// Normal gives the one form that a domain is kept and found under, as it stands behind
// the @ of an address: lower case, international ones in ASCII (RFC 5891). What nobody
// can show to be theirs alone is refused.
func Normal(name string) (string, error) {
	name = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(name), "@"), "."))
	if len(name) > maxName || !strings.Contains(name, ".") {
		return "", problem("domain", "Give a domain such as example.com: what stands behind the @ of your addresses.")
	}
	ascii, err := idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true)).ToASCII(name)
	if err != nil || len(ascii) > maxName || strings.Trim(ascii, "0123456789.") == "" {
		return "", problem("domain", "Give a domain such as example.com: what stands behind the @ of your addresses.")
	}
	if suffix, _ := publicsuffix.PublicSuffix(ascii); suffix == ascii {
		return "", problem("public_suffix", "Domains of many owners end in this. Give the one that is yours alone.")
	}
	if freeMail[ascii] {
		return "", problem("free_mail", "Anybody can have an address there, so it belongs to no workspace.")
	}
	return ascii, nil
}

func problem(code, message string) error {
	return apierr.New(apierr.ValidationFailed, message).With(apierr.Problem{Path: "/domain", Code: code, Message: message})
}

// freeMail are domains of the most used mail services for everybody. None of their
// customers could show them to be theirs: this only says so before they try.
//
//nolint:gochecknoglobals // data
var freeMail = func() map[string]bool {
	all := map[string]bool{}
	for name := range strings.FieldsSeq(`126.com 163.com aol.com fastmail.com gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com
		hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it icloud.com live.com live.de live.fr mac.com mail.com mail.ru me.com msn.com
		naver.com outlook.com outlook.de outlook.fr pm.me proton.me protonmail.com qq.com t-online.de tuta.com tutanota.com web.de
		yahoo.co.jp yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.com yandex.ru ymail.com zoho.com`) {
		all[name] = true
	}
	return all
}()
