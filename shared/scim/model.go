package scim

import "time"

// URNs of schemas and messages.
const (
	SchemaUser   = "urn:ietf:params:scim:schemas:core:2.0:User"
	SchemaGroup  = "urn:ietf:params:scim:schemas:core:2.0:Group"
	SchemaList   = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	SchemaPatch  = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	SchemaError  = "urn:ietf:params:scim:api:messages:2.0:Error"
	schemaConfig = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
	schemaType   = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	schemaSchema = "urn:ietf:params:scim:schemas:core:2.0:Schema"
)

// BasePath is where the protocol's routes lie.
const BasePath = "/scim/v2"

// Name is a person's name in parts.
type Name struct {
	Formatted  string `json:"formatted,omitempty"`
	GivenName  string `json:"givenName,omitempty"`
	FamilyName string `json:"familyName,omitempty"`
}

// Email is the address that an account is found by.
type Email struct {
	Value   string `json:"value"`
	Type    string `json:"type"`
	Primary bool   `json:"primary"`
}

// Ref points at a member of a group, or at a group of a user.
type Ref struct {
	Value   string `json:"value"`
	Ref     string `json:"$ref,omitempty"`
	Display string `json:"display,omitempty"`
	Type    string `json:"type,omitempty"`
}

// Meta is what is told of every resource.
type Meta struct {
	ResourceType string    `json:"resourceType"`
	Created      time.Time `json:"created"`
	LastModified time.Time `json:"lastModified"`
	Location     string    `json:"location"`
	Version      string    `json:"version,omitempty"`
}

// User is a person as the directory sees them.
type User struct {
	Schemas     []string `json:"schemas"`
	ID          string   `json:"id"`
	ExternalID  string   `json:"externalId,omitempty"`
	UserName    string   `json:"userName"`
	Name        *Name    `json:"name,omitempty"`
	DisplayName string   `json:"displayName,omitempty"`
	Active      bool     `json:"active"`
	Emails      []Email  `json:"emails"`
	Groups      []Ref    `json:"groups,omitempty"`
	Meta        Meta     `json:"meta"`
}

// Group is a group of the directory.
type Group struct {
	Schemas     []string `json:"schemas"`
	ID          string   `json:"id"`
	ExternalID  string   `json:"externalId,omitempty"`
	DisplayName string   `json:"displayName"`
	Members     []Ref    `json:"members"`
	Meta        Meta     `json:"meta"`
}

// List is a page of resources.
type List struct {
	Schemas      []string `json:"schemas"`
	TotalResults int      `json:"totalResults"`
	StartIndex   int      `json:"startIndex"`
	ItemsPerPage int      `json:"itemsPerPage"`
	Resources    []any    `json:"Resources"`
}

// userRecord is what the directory has said of a person, beside the membership.
type userRecord struct {
	ID         string `json:"id"` // the account's
	UserName   string `json:"userName"`
	ExternalID string `json:"externalId,omitempty"`
	Name       *Name  `json:"name,omitempty"`
	Display    string `json:"displayName,omitempty"`
	Email      string `json:"email"`
	// Gone: deleted by the directory. The membership stays, inactive.
	Gone     bool      `json:"gone,omitempty"`
	Created  time.Time `json:"created"`
	Modified time.Time `json:"modified"`
	version  int64
}

type groupRecord struct {
	ID          string    `json:"id"`
	DisplayName string    `json:"displayName"`
	ExternalID  string    `json:"externalId,omitempty"`
	Members     []string  `json:"members"` // ids of users, sorted
	Created     time.Time `json:"created"`
	Modified    time.Time `json:"modified"`
	version     int64
}

// nameRecord keeps a name for one resource.
type nameRecord struct {
	ID string `json:"id"`
}
