package hometest

import (
	"testing"
)

// testLogoutIsImmediate: the token is of no use from then on.
func testLogoutIsImmediate(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	p.Must(200, "GET", "/api/auth/me", nil)
	p.Must(200, "POST", "/api/auth/logout", Obj{})
	p.Must(401, "GET", "/api/auth/me", nil)
}
