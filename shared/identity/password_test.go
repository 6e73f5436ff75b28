package identity_test

import (
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// TestPasswordCost: unless told otherwise hashing takes what OWASP recommends, and a
// password that was hashed at another cost is still the password.
func TestPasswordCost(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	cheap := h.Service
	h.cost = identity.Cost{}
	h.Service = h.another(t)
	g := h.register(t, "ada@example.com", "")
	item, err := h.store.Get(tenant.WithSystem(t.Context()), table.Key{PK: "USER#" + g.User.ID, SK: "0"})
	if err != nil {
		t.Fatal(err)
	}
	var user struct{ PasswordHash string }
	if err := item.Decode(&user); err != nil || !strings.HasPrefix(user.PasswordHash, "argon2id$2$19456$1$") {
		t.Errorf("hashed as %.20s…, %v", user.PasswordHash, err)
	}
	for name, s := range map[string]*identity.Service{"the same cost": h.Service, "another cost": cheap} {
		if _, err := s.Login(t.Context(), "ada@example.com", password, ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.Login(t.Context(), "ada@example.com", password+"!", ""); err == nil {
			t.Errorf("%s: another password is taken", name)
		}
	}
}
