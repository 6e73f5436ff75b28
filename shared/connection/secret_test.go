package connection_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/call/sign"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// forms are the ways a value could lie about.
func forms(value string) map[string][]byte {
	return map[string][]byte{
		"plain": []byte(value), "base64": []byte(base64.StdEncoding.EncodeToString([]byte(value))[:20]),
		"hex": []byte(hex.EncodeToString([]byte(value))), "URL": []byte(url.QueryEscape(value)),
	}
}

// TestCanary: secrets of every kind are in no byte that is stored, logged,
// audited or answered, and open all the same.
func TestCanary(t *testing.T) {
	t.Parallel()
	src := &source{body: pets}
	specURL := serve(t, src.ServeHTTP) + "/spec.json?access_token=canary+U-zQ81jdk29alq"
	canary := func(name string) secret.Secret { return secret.New("canary+" + name + "-zQ81jdk29alq") }
	h, ctx := newHome(t, options{}), in(t, "wsp_a")
	inputs := []connection.CreateInput{
		{AuthType: connection.AuthAPIKey, AuthConfig: connection.AuthConfig{Value: canary("key")}},
		{AuthType: connection.AuthBearer, AuthConfig: connection.AuthConfig{Token: canary("tok")}},
		{AuthType: connection.AuthBasic, AuthConfig: connection.AuthConfig{Username: "me", Password: canary("pwd")}},
		{AuthType: connection.AuthBasic, AuthConfig: connection.AuthConfig{Username: canary("usr").Reveal(), NoPassword: true}},
		{AuthType: connection.AuthCustom, AuthConfig: connection.AuthConfig{
			Headers: map[string]secret.Secret{"X-A": canary("hdr")}, Query: map[string]secret.Secret{"q": canary("qry")}}},
		{AuthType: connection.AuthAWS, AuthConfig: connection.AuthConfig{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: canary("sak"), SessionToken: canary("ses"), Region: "eu-central-1", Service: "s3"}},
		{AuthType: connection.AuthHMAC, AuthConfig: connection.AuthConfig{Secret: canary("sec"), Scheme: &sign.Scheme{Template: "{body}", Name: "X-Sign"}}},
	}
	var answers bytes.Buffer
	enc := json.NewEncoder(&answers)
	for _, input := range inputs {
		input.Name, input.SpecURL = "p", specURL
		c, err := h.Create(ctx, input)
		check(t, err)
		name := "renamed"
		_, err = h.Update(ctx, c.ID, c.Version, connection.UpdateInput{Name: &name})
		check(t, err)
		_, err = h.Refresh(ctx, c.ID)
		check(t, err)
		_, err = h.Update(ctx, c.ID, 99, connection.UpdateInput{AuthConfig: &input.AuthConfig})
		fmt.Fprint(&answers, err)
		_, err = h.Update(ctx, c.ID, 0, connection.UpdateInput{AuthConfig: &connection.AuthConfig{Token: canary("bad"), Value: canary("bad")}})
		fmt.Fprint(&answers, err)
		got, err := h.Get(ctx, c.ID)
		check(t, err)
		check(t, enc.Encode(got))
		cred, err := h.Credential(trying(ctx), c.ID)
		check(t, err)
		fmt.Fprintf(&answers, "%v %+v", cred.Value, cred.Headers)
		if open := cred.Value.Reveal() + cred.Token.Reveal() + cred.Password.Reveal() + cred.Username + cred.Headers["X-A"].Reveal() + cred.AWS.SecretAccessKey.Reveal() + cred.AWS.SessionToken.Reveal() + cred.Secret.Reveal(); !strings.Contains(open, "canary+") {
			t.Errorf("%s does not open: %s", input.AuthType, open)
		}
	}
	for _, r := range h.records(t, ctx) {
		check(t, enc.Encode(r))
	}
	list, _, err := h.List(ctx, 10, "")
	check(t, err)
	check(t, enc.Encode(list))
	src.mu.Lock()
	asked := strings.Join(src.queries, " ")
	src.mu.Unlock()
	if !strings.Contains(asked, "access_token=canary+U") {
		t.Errorf("the source was asked with %s", asked)
	}
	all := append(h.everything(t), answers.Bytes()...)
	if !bytes.Contains(all, []byte("access_token=***")) {
		t.Fatal("the scan does not see what is stored")
	}
	for _, name := range []string{"key", "tok", "pwd", "usr", "hdr", "qry", "sak", "ses", "sec", "U", "bad"} {
		for form, b := range forms(canary(name).Reveal()) {
			if i := bytes.Index(all, b); i >= 0 {
				t.Errorf("%s found as %s: …%q", name, form, all[max(0, i-60):i+40])
			}
		}
	}
}

// TestCredentialBound: a sealed credential opens for its own connection only,
// and to the origins it was sealed with, whatever the table says.
func TestCredentialBound(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, options{}), in(t, "wsp_a")
	create := func(ctx context.Context, base string) connection.Connection {
		c, err := h.Create(ctx, connection.CreateInput{Name: "p", SpecDocument: pets, BaseURL: base,
			AuthType: connection.AuthBearer, AuthConfig: connection.AuthConfig{Token: secret.New("tok")}})
		check(t, err)
		return c
	}
	mine, theirs := create(ctx, "https://a.example.com"), create(ctx, "https://evil.example.com")
	sealed, err := h.store.Get(ctx, table.Key{PK: "CON-CRED", SK: mine.ID})
	check(t, err)

	moved := sealed
	moved.SK = theirs.ID
	_, err = h.store.Put(ctx, moved, table.Always())
	check(t, err)
	_, err = h.Credential(trying(ctx), theirs.ID)
	wantCode(t, err, apierr.CredentialsInvalid)

	item, err := h.store.Get(ctx, table.Key{PK: "CON", SK: mine.ID})
	check(t, err)
	item.Data = bytes.ReplaceAll(item.Data, []byte("a.example.com"), []byte("evil.example.com"))
	_, err = h.store.Put(ctx, item, table.Always())
	check(t, err)
	cred, err := h.Credential(trying(ctx), mine.ID)
	check(t, err)
	if len(cred.Origins) != 1 || cred.Origins[0] != "https://a.example.com" {
		t.Errorf("origins %v", cred.Origins)
	}

	other := tenant.With(t.Context(), "wsp_b")
	for _, pk := range []string{"CON", "CON-CRED"} { // even a copied row of another workspace stays shut
		row, err := h.store.Get(ctx, table.Key{PK: pk, SK: mine.ID})
		check(t, err)
		_, err = h.store.Put(other, row, table.Always())
		check(t, err)
	}
	_, err = h.Credential(trying(other), mine.ID)
	wantCode(t, err, apierr.CredentialsInvalid)
}
