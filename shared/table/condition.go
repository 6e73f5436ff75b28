package table

// Condition decides whether a write goes ahead. The zero value is Always.
type Condition struct {
	kind    int
	version int64
}

// Kinds of condition, for drivers.
const (
	CondAlways = iota
	CondAbsent
	CondPresent
	CondVersion
)

// Always writes whatever is there.
func Always() Condition { return Condition{} }

// Absent writes only where there is no item (an expired one counts as none).
func Absent() Condition { return Condition{kind: CondAbsent} }

// Present writes only where there is an item.
func Present() Condition { return Condition{kind: CondPresent} }

// IfVersion writes only over the item of exactly this version.
func IfVersion(v int64) Condition { return Condition{kind: CondVersion, version: v} }

// Unchanged writes only over what was read: the item of a version, or none where
// that is 0.
func Unchanged(v int64) Condition {
	if v == 0 {
		return Absent()
	}
	return IfVersion(v)
}

// Kind and Version expose a condition to drivers.
func (c Condition) Kind() int      { return c.kind }
func (c Condition) Version() int64 { return c.version }

// Holds judges the condition against what is stored: the version of an item
// that has not expired, and whether there is one.
func (c Condition) Holds(version int64, found bool) bool {
	switch c.kind {
	case CondAbsent:
		return !found
	case CondPresent:
		return found
	case CondVersion:
		return found && version == c.version
	default:
		return true
	}
}

// Next is the version that a put under this condition leaves, where the
// condition alone decides it: 1 after Absent, v+1 after IfVersion(v). It lets a
// caller of Transact know what it wrote.
func (c Condition) Next() (version int64, known bool) {
	switch c.kind {
	case CondAbsent:
		return 1, true
	case CondVersion:
		return c.version + 1, true
	default:
		return 0, false
	}
}
