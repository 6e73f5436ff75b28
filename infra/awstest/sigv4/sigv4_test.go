package sigv4_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apiq/apiq/infra/awstest/sigv4"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	good := "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260301/eu-central-1/kms/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=" + strings.Repeat("0a", 32)
	for name, c := range map[string]struct {
		header, date string
		ok           bool
	}{
		"signed":           {good, "20260301T120000Z", true},
		"nothing":          {"", "20260301T120000Z", false},
		"no date":          {good, "", false},
		"another service":  {strings.Replace(good, "/kms/", "/s3/", 1), "20260301T120000Z", false},
		"host not signed":  {strings.Replace(good, "host;", "", 1), "20260301T120000Z", false},
		"bearer":           {"Bearer x", "20260301T120000Z", false},
		"cut signature":    {good[:len(good)-1], "20260301T120000Z", false},
		"something behind": {good + "x", "20260301T120000Z", false},
	} {
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("Authorization", c.header)
		r.Header.Set("X-Amz-Date", c.date)
		if err := sigv4.Check(r, "kms"); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
