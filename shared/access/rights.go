package access

import "github.com/apiq/apiq/shared/apierr"

// Rights are what a subject may do with a resource.
type Rights struct {
	Level Level
	// reads: an auditor, who sees all and acts on nothing by it.
	reads bool
	// open: every member edits it.
	open bool
}

// Sees says whether the resource is there for the subject.
func (r Rights) Sees() bool { return r.reads || r.May(Use) }

// Settings says whether the subject sees how the resource is set up, beyond what using
// it takes.
func (r Rights) Settings() bool { return r.reads || r.May(Edit) }

// May says whether the subject may act as far as the level goes.
func (r Rights) May(l Level) bool { return r.Level.rank() >= l.rank() }

// Deletes says whether the subject may delete it: what every member edits is everybody's.
func (r Rights) Deletes() bool { return r.May(Manage) || r.open && r.May(Edit) }

// Require refuses what the rights do not reach to: as missing, where they do not even
// let the resource be seen; else FORBIDDEN. Use asks for no more than sight, which an
// auditor has too: what would be done by it, their role forbids.
func (r Rights) Require(l Level, missing error) error {
	switch {
	case r.May(l), l == Use && r.Sees():
		return nil
	case !r.Sees():
		return missing
	}
	return refusal(l)
}

// RequireSettings is Require for what only reads settings.
func (r Rights) RequireSettings(missing error) error {
	if r.Settings() {
		return nil
	}
	return r.Require(Edit, missing)
}

// RequireDelete is Require for deletion.
func (r Rights) RequireDelete(missing error) error {
	if r.Deletes() {
		return nil
	}
	return r.Require(Manage, missing)
}

func refusal(l Level) error {
	message := "It is shared with you for use only. Its owner or an admin can let you change it."
	if l == Manage {
		message = "Only its owner or an admin can share it, hand it on or delete it."
	}
	return apierr.New(apierr.Forbidden, message).With(apierr.Problem{Path: "access", Code: "access", Message: message})
}
