package sign_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/call/sign"
	"github.com/apiq/apiq/shared/secret"
)

func sum256(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// TestSchemes: the schemes of real APIs, as their documentation has them. Those with a
// published example are held to it, the others to what the documentation says, spelled out.
func TestSchemes(t *testing.T) {
	t.Parallel()
	const plain = "2WBtQyx2PDCMhbkpXEOhSzwEz9SBBXvBUhwfqcLwNpk="
	raw, _ := base64.StdEncoding.DecodeString(plain)
	bitmex := sign.Scheme{Template: "{method}{target}{timestamp}{body}", Name: "api-signature", Timestamp: &sign.Timestamp{Name: "api-expires", Ahead: 60}}
	const bitmexKey = "chNOOS4KvNXR_Xq4k4c9qsfoKWvnDecLATCRlcBwyKDYnWgO"
	header := func(name string) func(*http.Request) string {
		return func(r *http.Request) string { return r.Header.Get(name) }
	}
	for name, c := range map[string]struct {
		scheme            sign.Scheme
		secret            string
		at                time.Time
		method, url, body string
		headers           []string
		got               func(*http.Request) string
		want              string
	}{
		"Binance, its example": {
			scheme: sign.Scheme{Template: "{query}{body}", In: "query", Name: "signature", Timestamp: &sign.Timestamp{In: "query", Name: "timestamp", Unit: "ms"}},
			secret: "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j", at: time.UnixMilli(1499827319559), method: "POST",
			url:  "https://api.binance.com/api/v3/order?symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000",
			got:  func(r *http.Request) string { return r.URL.RawQuery },
			want: "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559&signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71",
		},
		"BitMEX, its first example": {scheme: bitmex, secret: bitmexKey, at: time.Unix(1518064236-60, 0), method: "GET", url: "https://www.bitmex.com/api/v1/instrument",
			got: header("api-signature"), want: "c7682d435d0cfe87c16098df34ef2eb5a549d4c5a3c2b1f0f77b8af73423bf00"},
		"BitMEX, its second": {scheme: bitmex, secret: bitmexKey, at: time.Unix(1518064237-60, 0), method: "GET", url: "https://www.bitmex.com/api/v1/instrument?filter=%7B%22symbol%22%3A+%22XBTM15%22%7D",
			got: header("api-signature"), want: "e2f422547eecb5b3cb29ade2127e21b858b235b386bfa45e1c1756eb3383919f"},
		"BitMEX, its third": {scheme: bitmex, secret: bitmexKey, at: time.Unix(1518064238-60, 0), method: "POST", url: "https://www.bitmex.com/api/v1/order",
			body: `{"symbol":"XBTM15","price":219.0,"clOrdID":"mm_bitmex_1a/oemUeQ4CAJZgP3fjHsA","orderQty":98}`,
			got:  header("api-signature"), want: "1749cd2ccae4aa49048ae09f0b95110cee706e0944e6a14ad0b3a8cb45bd336b"},
		"Coinbase Exchange": {
			scheme: sign.Scheme{SecretEncoding: "base64", Template: "{timestamp}{method}{target}{body}", Name: "CB-ACCESS-SIGN", Encoding: "base64", Timestamp: &sign.Timestamp{Name: "CB-ACCESS-TIMESTAMP"}},
			secret: plain, at: time.Unix(1700000000, 0), method: "POST", url: "https://api.exchange.coinbase.com/orders?x=1", body: `{"a":1}`,
			got: func(r *http.Request) string {
				return r.Header.Get("CB-ACCESS-SIGN") + " " + r.Header.Get("CB-ACCESS-TIMESTAMP")
			},
			want: base64.StdEncoding.EncodeToString(sum256(raw, `1700000000POST/orders?x=1{"a":1}`)) + " 1700000000",
		},
		"OKX": {
			scheme: sign.Scheme{Template: "{timestamp}{method}{target}{body}", Name: "OK-ACCESS-SIGN", Encoding: "base64", Timestamp: &sign.Timestamp{Name: "OK-ACCESS-TIMESTAMP", Unit: "iso"}},
			secret: "22582BD0CFF14C41EDBF1AB98506286D", at: time.Date(2020, 12, 8, 9, 8, 57, 715e6, time.UTC), method: "GET", url: "https://www.okx.com/api/v5/account/balance?ccy=BTC",
			got: header("OK-ACCESS-SIGN"), want: base64.StdEncoding.EncodeToString(sum256([]byte("22582BD0CFF14C41EDBF1AB98506286D"), "2020-12-08T09:08:57.715ZGET/api/v5/account/balance?ccy=BTC")),
		},
		"Bybit": {
			scheme: sign.Scheme{Template: "{timestamp}{header:X-BAPI-API-KEY}{header:X-BAPI-RECV-WINDOW}{query}{body}", Name: "X-BAPI-SIGN", Timestamp: &sign.Timestamp{Name: "X-BAPI-TIMESTAMP", Unit: "ms"}},
			secret: "s", at: time.UnixMilli(1658384314791), method: "GET", url: "https://api.bybit.com/v5/order/realtime?category=option&symbol=BTC", headers: []string{"X-BAPI-API-KEY", "k", "X-BAPI-RECV-WINDOW", "5000"},
			got: header("X-BAPI-SIGN"), want: hex.EncodeToString(sum256([]byte("s"), "1658384314791k5000category=option&symbol=BTC")),
		},
		"Gate": {
			scheme: sign.Scheme{Algorithm: "sha512", Template: "{method}\n{path}\n{query}\n{bodyHash}\n{timestamp}", Name: "SIGN", Timestamp: &sign.Timestamp{Name: "Timestamp"}, BodyHash: &sign.BodyHash{Algorithm: "sha512"}},
			secret: "s", at: time.Unix(1541993715, 0), method: "GET", url: "https://api.gateio.ws/api/v4/futures/orders?contract=BTC_USD&status=finished&limit=50",
			got: header("SIGN"), want: func() string {
				h := hmac.New(sha512.New, []byte("s"))
				h.Write([]byte("GET\n/api/v4/futures/orders\ncontract=BTC_USD&status=finished&limit=50\n" +
					"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e\n1541993715"))
				return hex.EncodeToString(h.Sum(nil))
			}(),
		},
		"Bitstamp": {
			scheme: sign.Scheme{Template: "{header:X-Auth}{method}{host}{path}{query}{header:Content-Type}{nonce}{timestamp}{header:X-Auth-Version}{body}", Name: "X-Auth-Signature",
				Timestamp: &sign.Timestamp{Name: "X-Auth-Timestamp", Unit: "ms"}, Nonce: &sign.Nonce{Name: "X-Auth-Nonce"}},
			secret: "s", at: time.UnixMilli(1567755304968), method: "POST", url: "https://www.bitstamp.net/api/v2/balance/", body: "a=1",
			headers: []string{"X-Auth", "BITSTAMP key", "X-Auth-Version", "v2", "Content-Type", "application/x-www-form-urlencoded"},
			got: func(r *http.Request) string {
				whole := "BITSTAMP keyPOSTwww.bitstamp.net/api/v2/balance/application/x-www-form-urlencoded" + r.Header.Get("X-Auth-Nonce") + "1567755304968v2a=1"
				if len(r.Header.Get("X-Auth-Nonce")) != 36 || r.Header.Get("X-Auth-Signature") != hex.EncodeToString(sum256([]byte("s"), whole)) {
					return "not signed"
				}
				return "signed"
			}, want: "signed",
		},
		"Azure App Configuration": {
			scheme: sign.Scheme{SecretEncoding: "base64", Template: "{method}\n{target}\n{timestamp};{host};{bodyHash}", Name: "Authorization", Encoding: "base64",
				Format:    "HMAC-SHA256 Credential={header:X-Credential}&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}",
				Timestamp: &sign.Timestamp{Name: "x-ms-date", Unit: "http"}, BodyHash: &sign.BodyHash{Name: "x-ms-content-sha256", Encoding: "base64"}},
			secret: plain, at: time.Date(2018, 5, 11, 18, 48, 36, 0, time.UTC), method: "GET", url: "https://myconfig.azconfig.io/kv?fields=*&api-version=1.0", headers: []string{"X-Credential", "id"},
			got: header("Authorization"), want: "HMAC-SHA256 Credential=id&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=" +
				base64.StdEncoding.EncodeToString(sum256(raw, "GET\n/kv?fields=*&api-version=1.0\nFri, 11 May 2018 18:48:36 GMT;myconfig.azconfig.io;47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if f := c.scheme.Check(); f != nil {
				t.Fatal(f)
			}
			req := request(t, c.method, c.url, c.body, c.headers...)
			for range 2 { // the second attempt is signed like the first
				if err := c.scheme.Sign(req, secret.New(c.secret), c.at); err != nil {
					t.Fatal(err)
				}
				if got := c.got(req); got != c.want {
					t.Errorf("got  %s\nwant %s", got, c.want)
				}
			}
		})
	}
}

func TestSchemeCheck(t *testing.T) {
	t.Parallel()
	sound := func() sign.Scheme {
		return sign.Scheme{Template: "{method}{timestamp}", Name: "X-Sign", Timestamp: &sign.Timestamp{Name: "X-Time"}}
	}
	if s := sound(); s.Check() != nil {
		t.Fatal(s.Check())
	}
	for name, c := range map[string]struct {
		change func(*sign.Scheme)
		path   string
	}{
		"algorithm":             {func(s *sign.Scheme) { s.Algorithm = "md5" }, "algorithm"},
		"no template":           {func(s *sign.Scheme) { s.Template = "" }, "template"},
		"long template":         {func(s *sign.Scheme) { s.Template = strings.Repeat("x", 2001) }, "template"},
		"unknown name":          {func(s *sign.Scheme) { s.Template = "{secret}" }, "template"},
		"signature in template": {func(s *sign.Scheme) { s.Template = "{signature}" }, "template"},
		"open brace":            {func(s *sign.Scheme) { s.Template = "{method" }, "template"},
		"closing brace":         {func(s *sign.Scheme) { s.Template = "method}" }, "template"},
		"bad header":            {func(s *sign.Scheme) { s.Template = "{header:a b}" }, "template"},
		"no nonce":              {func(s *sign.Scheme) { s.Template = "{nonce}" }, "nonce"},
		"no body hash":          {func(s *sign.Scheme) { s.Template = "{bodyHash}" }, "bodyHash"},
		"no timestamp":          {func(s *sign.Scheme) { s.Timestamp = nil }, "timestamp"},
		"name":                  {func(s *sign.Scheme) { s.Name = "X Sign" }, "name"},
		"no name":               {func(s *sign.Scheme) { s.Name = "" }, "name"},
		"place":                 {func(s *sign.Scheme) { s.In = "cookie" }, "in"},
		"same place":            {func(s *sign.Scheme) { s.Timestamp.Name = "x-sign" }, "name"},
		"format without it":     {func(s *sign.Scheme) { s.Format = "HMAC" }, "format"},
		"format with a body":    {func(s *sign.Scheme) { s.Format = "{signature}{body}" }, "format"},
		"format with a break":   {func(s *sign.Scheme) { s.Format = "{signature}\r\nX: y" }, "format"},
		"ahead":                 {func(s *sign.Scheme) { s.Timestamp.Ahead = 3601 }, "timestamp/ahead"},
		"unit":                  {func(s *sign.Scheme) { s.Timestamp.Unit = "ns" }, "timestamp/unit"},
		"kind":                  {func(s *sign.Scheme) { s.Nonce = &sign.Nonce{Kind: "x"} }, "nonce/kind"},
		"hash":                  {func(s *sign.Scheme) { s.BodyHash = &sign.BodyHash{Algorithm: "x"} }, "bodyHash/algorithm"},
	} {
		s := sound()
		c.change(&s)
		var paths []string
		for _, f := range s.Check() {
			paths = append(paths, strings.Join(f.Path, "/"))
		}
		if !slices.Contains(paths, c.path) {
			t.Errorf("%s: %v", name, paths)
		}
	}
}

func TestSecretsAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		encoding, secret string
		want             []byte
		ok               bool
	}{
		{"", " a ", []byte(" a "), true},
		{"hex", "00ff\n", []byte{0, 255}, true},
		{"hex", "xyz", nil, false},
		{"base64", "AP8=", []byte{0, 255}, true},
		{"base64", "AP8", []byte{0, 255}, true},
		{"base64", "-_8", []byte{0xfb, 0xff}, true},
		{"base64", "?", nil, false},
		{"base64", "", nil, false},
	} {
		got, err := sign.Scheme{SecretEncoding: c.encoding}.Key(secret.New(c.secret))
		if !reflect.DeepEqual(got, c.want) || (err == nil) != c.ok {
			t.Errorf("%s %q: %v %v", c.encoding, c.secret, got, err)
		}
	}
}

// FuzzScheme: whatever the templates say, a scheme is refused or signs, and what it
// signs with never shows.
func FuzzScheme(f *testing.F) {
	f.Add("{timestamp}{method}{target}{body}", "v1={signature}", "https://a.example/x?y=1")
	f.Add("{header:X-A}", "{", "https://a.example")
	f.Add("{}{}{{}}", "{signature}{signature}", "https://a.example/%2f?%zz=1&&")
	f.Fuzz(func(t *testing.T, template, format, url string) {
		s := sign.Scheme{Template: template, Format: format, Name: "X-Sign", Timestamp: &sign.Timestamp{In: "query", Name: "t"}, Nonce: &sign.Nonce{}, BodyHash: &sign.BodyHash{}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("body"))
		if err != nil || s.Check() != nil {
			return
		}
		const key = "s3cr3t-0123456789"
		if err := s.Sign(req, secret.New(key), suiteAt); err != nil {
			t.Fatal(err)
		}
		if v := req.Header.Get("X-Sign"); v == "" || !strings.Contains(template+format+url, key) && strings.Contains(v+req.URL.String(), key) {
			t.Fatalf("%q", v)
		}
	})
}
