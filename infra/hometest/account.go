package hometest

// accountRequests are those of requests that change one's own account.
func accountRequests() Obj {
	return Obj{
		"auth-options": nil, "admin-mail": nil, "admin-mail-get": nil,
		"auth-password-forgot": Obj{"email": "x@example.com"},
		"auth-password-reset":  Obj{"token": "tkt_none", "password": "a new long password"},
		"auth-password-change": Obj{"current": "wrong", "password": "a new long password"},
		"auth-email-verify":    Obj{"token": "tkt_none"},
		"auth-email-change":    Obj{"email": "new@example.com", "password": "wrong"},
		"auth-email-resend":    nil,
		"auth-me-update":       Obj{"name": "Ada"},
	}
}
