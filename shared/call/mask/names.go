package mask

import "strings"

// Sensitive says whether a field's name tells that it holds a secret, in any of
// the usual spellings: apiKey, api_key, X-Api-Key.
func Sensitive(name string) bool {
	n := normal(name)
	switch n {
	case "authorization", "proxyauthorization", "cookie", "setcookie", "pwd", "passphrase", "jwt", "bearer",
		"cvc", "cvv", "ssn", "cardnumber", "sessionid", "sessid", "phpsessid", "jsessionid", "credential", "credentials":
		return true
	case "nexttoken", "prevtoken", "pagetoken", "nextpagetoken", "prevpagetoken", "previouspagetoken", "continuationtoken",
		"nextcontinuationtoken", "synctoken", "nextsynctoken", "resumetoken", "startingtoken", "cursortoken":
		return false // where the next page begins is no secret
	}
	for _, end := range []string{"password", "passwd", "secret", "token", "apikey", "privatekey", "secretkey", "accesskey",
		"signingkey", "encryptionkey", "clientsecrets"} {
		if strings.HasSuffix(n, end) {
			return true
		}
	}
	return false
}

// normal leaves the letters and digits of a name, in lower case.
func normal(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name)
}

// sensitive adds the names of this credential to the general ones; they hold for
// headers, query and cookies only, since "key" may mean anything inside a body.
func (m *Masker) sensitive(name string) bool {
	return Sensitive(name) || m != nil && m.names[normal(name)]
}
