package connection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/call/sign"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

// Fields that are sealed, each for its own place.
const (
	fieldCredential = "credential"
	fieldSpecURL    = "specUrl"
)

// sealedItem is what lies under a connection's credential key.
type sealedItem struct {
	Credential []byte `json:"credential,omitempty"`
	SpecURL    []byte `json:"specUrl,omitempty"`
}

// opened is the plaintext of a sealed credential. It exists between opening and
// the request, or between the input and sealing, and is never stored or encoded
// anywhere else.
type opened struct {
	Type     AuthType          `json:"type"`
	Value    string            `json:"value,omitempty"`
	Token    string            `json:"token,omitempty"`
	Username string            `json:"username,omitempty"`
	Password string            `json:"password,omitempty"`
	Headers  map[string]string `json:"headers,omitempty"`
	Query    map[string]string `json:"query,omitempty"`
	OAuth    *openedOAuth      `json:"oauth,omitempty"`
	Exchange *openedExchange   `json:"exchange,omitempty"`
	// Of AWS_SIGV4.
	AccessKeyID     string `json:"accessKeyId,omitempty"`
	SecretAccessKey string `json:"secretAccessKey,omitempty"`
	SessionToken    string `json:"sessionToken,omitempty"`
	Region          string `json:"region,omitempty"`
	Service         string `json:"service,omitempty"`
	// Of HMAC.
	Secret string       `json:"secret,omitempty"`
	Scheme *sign.Scheme `json:"scheme,omitempty"`
	// Certificate is for the TLS handshake, whatever the type.
	Certificate *sealedCertificate `json:"certificate,omitempty"`
	// Origins bind the credential: empty until the base URL is known.
	Origins []string `json:"origins,omitempty"`
}

func (c *AuthConfig) open(t AuthType) *opened {
	if t == AuthNone {
		return nil
	}
	o := &opened{Type: t, Value: c.Value.Reveal(), Token: c.Token.Reveal(), Username: c.Username,
		Password: c.Password.Reveal(), Headers: reveal(c.Headers), Query: reveal(c.Query),
		AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey.Reveal(), SessionToken: c.SessionToken.Reveal(), Region: c.Region, Service: c.Service,
		Secret: c.Secret.Reveal(), Scheme: c.Scheme}
	if t == AuthOAuth {
		o.OAuth = c.openOAuth()
	}
	if t == AuthTokenExchange {
		o.Exchange = c.openExchange()
	}
	return o
}

func reveal(m map[string]secret.Secret) map[string]string {
	if m == nil {
		return nil
	}
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[k] = v.Reveal()
	}
	return out
}

func conceal(m map[string]string) map[string]secret.Secret {
	if m == nil {
		return nil
	}
	out := make(map[string]secret.Secret, len(m))
	for k, v := range m {
		out[k] = secret.New(v)
	}
	return out
}

// sealOp seals what is secret of a connection and gives the operation that
// stores it, or removes what is no longer there.
func (s *Service) sealOp(ctx context.Context, conID string, cred *opened, specURL string) (table.Op, error) {
	var item sealedItem
	var err error
	if cred != nil {
		plain, err := json.Marshal(cred) // #nosec G117 -- it is sealed at once
		if err != nil {
			return table.Op{}, errors.New("connection: credential cannot be encoded") // the cause could quote it
		}
		if item.Credential, err = s.sealer.Seal(ctx, secret.Scope{Resource: conID, Field: fieldCredential}, plain); err != nil {
			return table.Op{}, fmt.Errorf("connection: seal credential: %w", err)
		}
	}
	if specURL != "" {
		if item.SpecURL, err = s.sealer.Seal(ctx, secret.Scope{Resource: conID, Field: fieldSpecURL}, []byte(specURL)); err != nil {
			return table.Op{}, fmt.Errorf("connection: seal address: %w", err)
		}
	}
	if item.Credential == nil && item.SpecURL == nil {
		return table.Delete(credentialKey(conID), table.Always()), nil
	}
	data, err := table.JSONItem(credentialKey(conID), item)
	return table.Put(data, table.Always()), err
}

// unseal opens what is secret of a connection: nil and "" where there is nothing.
func (s *Service) unseal(ctx context.Context, conID string) (*opened, string, error) {
	item, _, err := table.GetJSON[sealedItem](ctx, s.table, credentialKey(conID))
	if errors.Is(err, table.ErrNotFound) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	var cred *opened
	if item.Credential != nil {
		plain, err := s.openField(ctx, conID, fieldCredential, item.Credential)
		if err != nil {
			return nil, "", err
		}
		cred = &opened{}
		if json.Unmarshal(plain, cred) != nil {
			return nil, "", errors.New("connection: opened credential cannot be read") // the cause could quote it
		}
	}
	if item.SpecURL == nil {
		return cred, "", nil
	}
	url, err := s.openField(ctx, conID, fieldSpecURL, item.SpecURL)
	return cred, string(url), err
}

func (s *Service) openField(ctx context.Context, conID, field string, sealed []byte) ([]byte, error) {
	plain, err := s.sealer.Open(ctx, secret.Scope{Resource: conID, Field: field}, sealed)
	if errors.Is(err, secret.ErrTampered) {
		return nil, apierr.Wrap(apierr.CredentialsInvalid, "The stored credential cannot be opened. Give it again.", err)
	}
	if err != nil {
		return nil, fmt.Errorf("connection: open %s: %w", field, err)
	}
	return plain, nil
}

func noCredential() error {
	return apierr.New(apierr.CredentialsInvalid, "The connection has no credential. Give it again.")
}

// Credential opens the credential of a connection, for the one request that
// needs it, and for the purpose that For gave, which leaves a record; of one that obtains tokens, it is the token at hand, or a new one. It may
// be sent to its Origins only. Errors: NOT_FOUND; CREDENTIALS_INVALID where it does
// not open or is not there; those of Tokens.
func (s *Service) Credential(ctx context.Context, conID string) (Credential, error) {
	c, err := s.read(ctx, conID)
	if err != nil {
		return Credential{}, err
	}
	if c.AuthType == AuthNone && c.Certificate == nil {
		return Credential{Type: AuthNone, Origins: c.Origins}, nil
	}
	if err := s.account(ctx, conID); err != nil {
		return Credential{}, err
	}
	if obtains(c.AuthType) {
		return s.token(ctx, c, 0)
	}
	cred, _, err := s.unseal(ctx, conID)
	if err != nil {
		return Credential{}, err
	}
	if cred == nil || cred.Type != c.AuthType {
		return Credential{}, noCredential()
	}
	out := Credential{
		Type: cred.Type, In: c.Auth.In, Name: c.Auth.Name, Value: secret.New(cred.Value), Token: secret.New(cred.Token),
		Username: cred.Username, Password: secret.New(cred.Password),
		Headers: conceal(cred.Headers), Query: conceal(cred.Query), Origins: cred.Origins, Secret: secret.New(cred.Secret),
		AWS: sign.AWS{AccessKeyID: cred.AccessKeyID, SecretAccessKey: secret.New(cred.SecretAccessKey), SessionToken: secret.New(cred.SessionToken),
			Region: cred.Region, Service: cred.Service},
	}
	out.Certificate = cred.Certificate.open()
	if cred.Scheme != nil {
		out.Scheme = *cred.Scheme
	}
	return out, nil
}
