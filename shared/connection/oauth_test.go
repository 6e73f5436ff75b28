package connection_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

// mail is an API with flows of its own, one address of them relative.
const mail = `{"openapi":"3.0.3","info":{"title":"Mail","version":"1"},"servers":[{"url":"https://mail.example.com/v1"}],
"security":[{"login":["read"]}],
"paths":{"/me":{"get":{"operationId":"me","responses":{"200":{"description":"ok"}}}}},
"components":{"securitySchemes":{"login":{"type":"oauth2","flows":{
 "authorizationCode":{"authorizationUrl":"https://login.example.com/authorize","tokenUrl":"/oauth/token","refreshUrl":"https://login.example.com/refresh","scopes":{"read":"r"}},
 "clientCredentials":{"tokenUrl":"https://login.example.com/machine","scopes":{}}}}}}}`

func authConfig(t *testing.T, text string) connection.AuthConfig {
	t.Helper()
	var c connection.AuthConfig
	check(t, json.Unmarshal([]byte(text), &c))
	return c
}

func (h *home) oauth(t *testing.T, ctx context.Context, config string) connection.Connection {
	t.Helper()
	c, err := h.Create(ctx, connection.CreateInput{Name: "Mail", SpecDocument: mail, AuthType: connection.AuthOAuth, AuthConfig: authConfig(t, config)})
	check(t, err)
	return c
}

func TestOAuthIsConfiguredFromTheDocument(t *testing.T) {
	t.Parallel()
	h := newHome(t, options{})
	ctx := in(t, "wsp_a")
	c := h.oauth(t, ctx, `{"clientId":"app","clientSecret":"s3cr3t-canary","scopes":["read","mail"],"tokenParams":{"api_key":"p4ram-canary"},"expiredWhen":"{% $response.body.error = 'expired' %}"}`)
	want := &connection.OAuth{Grant: connection.GrantCode, ClientID: "app", AuthorizeURL: "https://login.example.com/authorize",
		TokenURL: "https://mail.example.com/oauth/token", RefreshURL: "https://login.example.com/refresh", ClientAuth: connection.ClientBasic}
	if diff := cmp.Diff(want, c.Auth.OAuth); diff != "" {
		t.Error(diff)
	}
	if c.Status != connection.StatusNeedsAuthorisation || c.Account != nil || c.StatusDetail == "" {
		t.Errorf("it is %s (%s), but nobody has consented", c.Status, c.StatusDetail)
	}
	if diff := cmp.Diff([]string{"mail", "read"}, c.Auth.Requested); diff != "" || c.Auth.Scopes != nil {
		t.Error(diff, c.Auth.Scopes)
	}
	if c.Settings.ExpiredWhen == "" {
		t.Error("expiredWhen did not reach the settings")
	}
	_, config, err := h.OAuth(ctx, c.ID)
	check(t, err)
	if config.ClientSecret.Reveal() != "s3cr3t-canary" || config.TokenParams["api_key"].Reveal() != "p4ram-canary" || config.TokenURL != want.TokenURL ||
		!cmp.Equal(config.Origins, []string{"https://mail.example.com"}) || !cmp.Equal(config.Scopes, []string{"read", "mail"}) {
		t.Errorf("opened as %+v", config.OAuth)
	}
	if all := h.everything(t); bytes.Contains(all, []byte("s3cr3t-canary")) || bytes.Contains(all, []byte("p4ram-canary")) {
		t.Error("a secret stands in the clear")
	}
	machine := h.oauth(t, ctx, `{"grant":"client_credentials","clientId":"app","clientSecret":"s"}`)
	if machine.Auth.OAuth.TokenURL != "https://login.example.com/machine" || machine.Status != connection.StatusActive {
		t.Errorf("%+v, %s: a grant that needs no person is obtained when it is needed", machine.Auth.OAuth, machine.Status)
	}
}

func TestOAuthIsRefused(t *testing.T) {
	t.Parallel()
	h := newHome(t, options{})
	ctx := in(t, "wsp_a")
	for name, c := range map[string]struct {
		config string
		want   map[string]string
	}{
		"no client":              {`{}`, map[string]string{"/authConfig/clientId": "required"}},
		"password grant":         {`{"grant":"password","clientId":"a"}`, map[string]string{"/authConfig/grant": "enum"}},
		"machine without secret": {`{"grant":"client_credentials","clientId":"a"}`, map[string]string{"/authConfig/clientSecret": "required"}},
		"bearer's field":         {`{"clientId":"a","token":"t"}`, map[string]string{"/authConfig/token": "unknown_field"}},
		"wrong type":             {`{"clientId":1}`, map[string]string{"/authConfig/clientId": "required"}},
		"plain http":             {`{"clientId":"a","tokenUrl":"http://login.example.com/t"}`, map[string]string{"/authConfig/tokenUrl": "scheme"}},
		"internal address":       {`{"clientId":"a","tokenUrl":"https://169.254.169.254/t"}`, map[string]string{"/authConfig/tokenUrl": "refused"}},
		"no device address":      {`{"grant":"device_code","clientId":"a"}`, map[string]string{"/authConfig/deviceUrl": "required"}},
		"state of one's own":     {`{"clientId":"a","authorizeParams":{"state":"x"}}`, map[string]string{"/authConfig/authorizeParams/state": "not_allowed"}},
		"grant type in params":   {`{"clientId":"a","tokenParams":{"grant_type":"x"}}`, map[string]string{"/authConfig/tokenParams/grant_type": "not_allowed"}},
		"no pointer":             {`{"clientId":"a","tokenPointer":"access_token"}`, map[string]string{"/authConfig/tokenPointer": "format"}},
		"odd separator":          {`{"clientId":"a","scopeSeparator":"|"}`, map[string]string{"/authConfig/scopeSeparator": "enum"}},
		"no key":                 {`{"grant":"jwt_bearer","issuer":"robot@example.com"}`, map[string]string{"/authConfig/privateKey": "required"}},
		"not a key":              {`{"grant":"jwt_bearer","issuer":"robot@example.com","privateKey":"xyz"}`, map[string]string{"/authConfig/privateKey": "format"}},
		"two of one":             {`{"clientId":"a","expiredWhen":"{% 1 %} x"}`, map[string]string{"/authConfig/expiredWhen": "expression"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := h.Create(ctx, connection.CreateInput{Name: "Mail", SpecDocument: mail, AuthType: connection.AuthOAuth, AuthConfig: authConfig(t, c.config)})
			got := paths(wantCode(t, err, apierr.ValidationFailed))
			for path, code := range c.want {
				if got[path] != code {
					t.Errorf("got %v, want %v", got, c.want)
				}
			}
		})
	}
}

func TestOAuthTakesPrivateKeys(t *testing.T) {
	t.Parallel()
	h := newHome(t, options{})
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	check(t, err)
	text, err := json.Marshal(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	check(t, err)
	c := h.oauth(t, in(t, "wsp_a"), `{"grant":"jwt_bearer","issuer":"robot@example.com","privateKey":`+string(text)+`}`)
	if c.Auth.OAuth.ClientAuth != connection.ClientNone || c.Auth.OAuth.TokenURL != "https://login.example.com/machine" {
		t.Errorf("%+v", c.Auth.OAuth)
	}
	if bytes.Contains(h.everything(t), []byte("PRIVATE KEY")) {
		t.Error("the key stands in the clear")
	}
}

// tokens gives whatever the test says, and remembers what it was asked.
type tokens struct {
	token   connection.Token
	err     error
	refused []int64
	revoked int
}

func (k *tokens) Token(_ context.Context, _ connection.Connection, refused int64) (connection.Token, error) {
	k.refused = append(k.refused, refused)
	return k.token, k.err
}

func (k *tokens) Revoke(context.Context, connection.Connection) (connection.Revocation, error) {
	k.revoked++
	return connection.Revocation{Detail: "The provider took it back."}, nil
}

func TestOAuthCredentialIsTheToken(t *testing.T) {
	t.Parallel()
	h := newHome(t, options{})
	ctx := in(t, "wsp_a")
	c := h.oauth(t, ctx, `{"grant":"client_credentials","clientId":"app","clientSecret":"s"}`)
	if _, err := h.Credential(trying(ctx), c.ID); apierr.CodeOf(err) != apierr.CredentialsInvalid {
		t.Fatalf("nobody obtains tokens, but: %v", err)
	}
	k := &tokens{token: connection.Token{Access: secret.New("tok"), Origins: c.Origins, Serial: 7}}
	h.UseTokens(connection.AuthOAuth, k)
	cred, err := h.Credential(trying(ctx), c.ID)
	check(t, err)
	if cred.Token.Reveal() != "tok" || cred.Serial != 7 || cred.Type != connection.AuthOAuth || !cmp.Equal(cred.Origins, c.Origins) {
		t.Errorf("%+v", cred)
	}
	_, err = h.Renew(ctx, c.ID, cred)
	check(t, err)
	if !cmp.Equal(k.refused, []int64{0, 7}) {
		t.Errorf("asked with %v", k.refused)
	}
	k.err = apierr.New(apierr.Reauthorize, "gone")
	if _, err := h.Credential(trying(ctx), c.ID); apierr.CodeOf(err) != apierr.Reauthorize {
		t.Errorf("%v", err)
	}
}

// grant puts the public part of a grant where package grant keeps it.
func (h *home) grant(t *testing.T, ctx context.Context, conID string, a connection.Account) {
	t.Helper()
	item, err := table.JSONItem(connection.GrantKey(conID), map[string]any{"account": a})
	check(t, err)
	_, err = h.store.Put(ctx, item, table.Always())
	check(t, err)
}

func TestOAuthGrantIsShownAndGoesWithItsCredential(t *testing.T) {
	t.Parallel()
	h := newHome(t, options{})
	ctx := in(t, "wsp_a")
	k := &tokens{}
	h.UseTokens(connection.AuthOAuth, k)
	c := h.oauth(t, ctx, `{"clientId":"app"}`)
	h.grant(t, ctx, c.ID, connection.Account{Email: "ada@example.com", Provider: "login.example.com", Scopes: []string{"read"}})
	got, err := h.Get(ctx, c.ID)
	check(t, err)
	if got.Status != connection.StatusActive || got.Account == nil || got.Account.Email != "ada@example.com" || !cmp.Equal(got.Auth.Scopes, []string{"read"}) {
		t.Errorf("%s %+v %v", got.Status, got.Account, got.Auth.Scopes)
	}
	list, _, err := h.List(ctx, 10, "")
	check(t, err)
	if len(list) != 1 || list[0].Account == nil || list[0].Status != connection.StatusActive {
		t.Errorf("listed as %+v", list)
	}
	h.grant(t, ctx, c.ID, connection.Account{Provider: "login.example.com", Fault: "Connect it again."})
	if got, err = h.Get(ctx, c.ID); err != nil || got.Status != connection.StatusNeedsAuthorisation || got.StatusDetail != "Connect it again." {
		t.Errorf("%v: %s %s", err, got.Status, got.StatusDetail)
	}
	h.grant(t, ctx, c.ID, connection.Account{Provider: "login.example.com"})
	name := "Renamed"
	if got, err = h.Update(ctx, c.ID, 0, connection.UpdateInput{Name: &name}); err != nil || got.Account == nil {
		t.Fatalf("a new name lost the grant: %v", err)
	}
	more := authConfig(t, `{"clientId":"app","scopes":["read","write"]}`)
	if got, err = h.Update(ctx, c.ID, 0, connection.UpdateInput{AuthConfig: &more}); err != nil || got.Account == nil || !cmp.Equal(got.Auth.Requested, []string{"read", "write"}) {
		t.Fatalf("further scopes lost the grant: %v", err)
	}
	other := authConfig(t, `{"clientId":"another"}`)
	if got, err = h.Update(ctx, c.ID, 0, connection.UpdateInput{AuthConfig: &other}); err != nil || got.Account != nil || got.Status != connection.StatusNeedsAuthorisation {
		t.Fatalf("%v: the grant of another client stayed: %+v", err, got.Account)
	}
	h.grant(t, ctx, c.ID, connection.Account{Provider: "login.example.com"})
	check(t, h.Delete(ctx, c.ID))
	if _, err := h.store.Get(ctx, connection.GrantKey(c.ID)); !errors.Is(err, table.ErrNotFound) || k.revoked != 1 {
		t.Errorf("%v, revoked %d times", err, k.revoked)
	}
	if records := h.records(t, ctx); !strings.Contains(records[len(records)-1].Message, "took it back") {
		t.Error("the trail does not say what came of the grant")
	}
}
