package route

import "slices"

// Scopes that reach over all tags.
const (
	// ScopeAll: whatever a token may do at all.
	ScopeAll = "all"
	// ScopeRead: all of it that changes nothing.
	ScopeRead = "read"
)

// grantable says of which tags a token may be given rights, and whether to change
// things. A tag that is not here, as those of accounts, people and workspaces, takes a
// session: a token that leaks must not be able to make itself last.
var grantable = map[string]Grant{
	"apis": Write, "chat": Write, "workflows": Write, "triggers": Write, "executions": Write,
	"users": Read, "logs": Read, "admin": Read, "system": Read,
}

// whoAmI is open to every token: its holder may ask whose it is.
const whoAmI = "auth-me"

// Scope is what an API token needs to call the route, such as "workflows:read". It is
// "" for a route that no token reaches, and for one that any does.
func (r Route) Scope() string {
	need := Read
	if r.Mutates {
		need = Write
	}
	switch {
	case r.Access == Public || r.Fresh || grantable[r.Tag] < need:
		return ""
	case r.Mutates:
		return r.Tag + ":write"
	}
	return r.Tag + ":read"
}

// AllowsToken says whether a token with these scopes may call the route, as far as
// its holder's role may. Whoever may change things of a tag may also read them.
func (r Route) AllowsToken(scopes []string) bool {
	scope := r.Scope()
	switch {
	case r.Access == Public || r.ID == whoAmI:
		return true
	case scope == "":
		return false
	case slices.Contains(scopes, ScopeAll) || slices.Contains(scopes, scope):
		return true
	}
	return !r.Mutates && (slices.Contains(scopes, ScopeRead) || slices.Contains(scopes, r.Tag+":write"))
}

// Scopes lists what a token may be given: those that some route of the table needs.
func Scopes() []string {
	var scopes []string
	for _, r := range Table() {
		if scope := r.Scope(); scope != "" && !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	slices.Sort(scopes)
	return append([]string{ScopeAll, ScopeRead}, scopes...)
}
