// Package route is the one table of the HTTP contract: which routes exist, who
// may call them, what they need. Pure data: the mux, the functions, the OpenAPI
// document, the grants and the authorisation matrix all derive from it.
package route

import (
	"strings"
	"time"
)

// Access says who may call a route.
type Access string

// The levels of access.
const (
	// Public: anyone, signed in or not.
	Public Access = "public"
	// SignedIn: any role, also for changes to one's own session or account.
	SignedIn Access = "signed-in"
	// User: USER and ADMIN; an AUDITOR only where nothing is changed.
	User Access = "user"
	// Admin: ADMIN only.
	Admin Access = "admin"
	// Audit: ADMIN and AUDITOR.
	Audit Access = "audit"
	// Provisioning: a workspace's directory, by a token of its own. No role opens it,
	// and its token opens nothing else.
	Provisioning Access = "provisioning"
)

// Role is a member's role in a workspace.
type Role string

// The roles of the contract.
const (
	RoleUser    Role = "USER"
	RoleAdmin   Role = "ADMIN"
	RoleAuditor Role = "AUDITOR"
)

// Roles lists them, for matrices and schemas.
func Roles() []Role { return []Role{RoleUser, RoleAdmin, RoleAuditor} }

// Grant is how far a route reaches into a store or service.
type Grant int

// Grants.
const (
	None Grant = iota
	Read
	Write
)

// Needs says what a function must be able to reach: its IAM grants and the
// adapters that are linked into it derive from here.
type Needs struct {
	Table    Grant
	Trail    bool // adds records to the audit trail, where the table is read else
	Blob     Grant
	Secret   Grant // Read opens credentials, Write seals them too
	Engine   Grant // Read follows runs, Write starts, stops and answers them
	Schedule Grant // Read fires nothing; Write keeps the clocks of triggers
	Egress   bool  // calls addresses that users choose
	DNS      bool  // asks DNS for text records
	SignIns  bool  // reads the client secrets of the operator's providers
	Model    bool  // asks the planning model
	Mail     bool  // sends mail
	Publish  bool  // puts events on the bus
	Import   bool  // may hand a large document to the import machine
	Archive  bool  // writes to the archive of the audit trail
	Assume   bool  // assumes the roles of buckets that workspaces name
	Wipe     bool  // goes through all that a tenant has, to delete it
	Twin     bool  // plays APIs from their documents; reaches nothing
}

// Rate is a limit for one caller on one route.
type Rate struct {
	PerMinute int
	Burst     int
}

// Route is one line of the table.
type Route struct {
	// ID names the route everywhere: the function's folder, the operationId.
	ID      string
	Method  string
	Path    string // net/http pattern path: /api/apis/{id}
	Tag     string
	Summary string
	Access  Access
	// Mutates: leaves one audit record, accepts an Idempotency-Key, refused to auditors under User.
	Mutates bool
	// Fresh: only for who has proven who they are within FreshFor.
	Fresh bool
	// Account: reaches the person's whole account, beyond the workspace that they are
	// in. Who came by a workspace's own sign-in is refused: whoever runs that could
	// otherwise take over what its members have elsewhere.
	Account bool
	// WhileClosing: also where the workspace waits for its deletion and else changes no more.
	WhileClosing bool
	// Enrolling: also for who owes the workspace's policy a second factor. All else is
	// refused to them.
	Enrolling bool
	// CrossSite: forms on other sites' pages may post here. What they bring must prove
	// itself: the browser sends no cookie along.
	CrossSite bool
	// Body is the largest request body in bytes. Zero: none is read.
	Body    int64
	Rate    Rate
	Timeout time.Duration
	Needs   Needs
}

// FreshFor is how long after a sign-in, or a confirmation, routes that are Fresh may
// be called.
const FreshFor = 15 * time.Minute

// Pattern is the net/http ServeMux pattern.
func (r Route) Pattern() string { return r.Method + " " + r.Path }

// Methods are those that the route answers: whatever can be read can be asked for
// without its body (RFC 9110, 9.3.2). A mux adds HEAD by itself, a gateway does not.
func (r Route) Methods() []string {
	if r.Method == "GET" {
		return []string{"GET", "HEAD"}
	}
	return []string{r.Method}
}

// Parameters are the names of the path's {parameters}.
func (r Route) Parameters() []string {
	var names []string
	for part := range strings.SplitSeq(r.Path, "/") {
		if strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}") {
			names = append(names, strings.TrimSuffix(strings.Trim(part, "{}"), "..."))
		}
	}
	return names
}

// Allows says whether a role may call the route.
func (r Route) Allows(role Role) bool {
	switch r.Access {
	case Public:
		return true
	case SignedIn:
		return role == RoleUser || role == RoleAdmin || role == RoleAuditor
	case User:
		return role == RoleUser || role == RoleAdmin || (role == RoleAuditor && !r.Mutates)
	case Admin:
		return role == RoleAdmin
	case Audit:
		return role == RoleAdmin || role == RoleAuditor
	}
	return false
}
