package access

import (
	"context"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/tenant"
)

// Whose narrows a list by owner; it hides nothing that Rights let be seen, and shows
// nothing else.
type Whose string

// The narrowings; the zero Whose is none.
const (
	Mine   Whose = "me"
	Others Whose = "others"
)

// ParseWhose reads a query's owner.
func ParseWhose(owner string) (Whose, error) {
	switch w := Whose(owner); w {
	case "", Mine, Others:
		return w, nil
	}
	const message = "Ask for the owner me or others, or leave it out."
	return "", apierr.New(apierr.ValidationFailed, message).With(apierr.Problem{Path: "query.owner", Code: "enum", Message: message})
}

// Fits says whether a resource is of the list that who acts asked for.
func (w Whose) Fits(ctx context.Context, s Sharing) bool {
	return w == "" || (w == Mine) == (s.OwnerID != "" && s.OwnerID == tenant.ActorFrom(ctx).ID)
}
