package corrupt

import (
	"hash/fnv"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

// Class is a way to break a plan.
type Class string

// The classes, in the order of the table.
const (
	UnknownOperation Class = "unknown operation"
	ForeignOperation Class = "operation of another API"
	StepDropped      Class = "step dropped that is read"
	StepsSwapped     Class = "read before its source"
	RequiredRemoved  Class = "required argument removed"
	NoPlace          Class = "binding to no place"
	NoStep           Class = "binding to no step"
	WrongPlace       Class = "binding of another type"
	OutsideEnum      Class = "literal outside its enum"
	WrongType        Class = "literal of another type"
	WrongFormat      Class = "literal of another format"
	NoList           Class = "loop over what is no list"
	NoCondition      Class = "condition on no place"
	NoCredential     Class = "connection without credential"
)

// Classes lists them.
func Classes() []Class {
	return []Class{UnknownOperation, ForeignOperation, StepDropped, StepsSwapped, RequiredRemoved, NoPlace, NoStep, WrongPlace,
		OutsideEnum, WrongType, WrongFormat, NoList, NoCondition, NoCredential}
}

// Broken is a plan with one thing wrong.
type Broken struct {
	Draft *draft.Draft
	// Step and At say where: at one of the pointers below the step.
	Step string
	At   []string
	// Put is what was put there, where it is a value.
	Put string
	// Bare says that the connections hold no credential.
	Bare bool
	// Open says that the document does not tell enough to know.
	Open bool
}

// Break breaks a plan in one place, chosen by the seed among all that the class has;
// false where it has none. foreign is an API that the plan does not use, or nil.
func Break(d *draft.Draft, class Class, seed string, foreign *catalog.API) (Broken, bool) {
	b := &breaker{d: d, seed: seed + "\x00" + string(class), foreign: foreign}
	var sites []func() Broken
	switch class {
	case UnknownOperation, ForeignOperation:
		sites = b.operations(class == ForeignOperation)
	case StepDropped:
		sites = b.dropped()
	case StepsSwapped:
		sites = b.swapped()
	case RequiredRemoved:
		sites = b.removed()
	case NoPlace, NoStep, WrongPlace:
		sites = b.bindings(class)
	case OutsideEnum, WrongType, WrongFormat:
		sites = b.literals(class)
	case NoList:
		sites = b.loops()
	case NoCondition:
		sites = b.conditions()
	case NoCredential:
		sites = b.bare()
	}
	if len(sites) == 0 {
		return Broken{}, false
	}
	return sites[b.pick(len(sites))](), true
}

type breaker struct {
	d       *draft.Draft
	seed    string
	foreign *catalog.API
}

// pick chooses one of n, the same for the same plan and class.
func (b *breaker) pick(n int) int {
	h := fnv.New64a()
	_, _ = h.Write([]byte(b.seed)) // it never fails
	return int(h.Sum64() % uint64(n))
}

// copied is the plan with steps of its own.
func copied(d *draft.Draft) *draft.Draft {
	c := *d
	c.Steps = make([]*draft.Step, len(d.Steps))
	for i, st := range d.Steps {
		s := *st
		s.Args = slices.Clone(st.Args)
		c.Steps[i] = &s
	}
	return &c
}

// pointer is where an argument lies below its step.
func pointer(a draft.Arg) string {
	at := "/body"
	if a.In != "body" {
		at = "/parameters"
	}
	for _, p := range a.Path {
		at += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(p)
	}
	return at
}
