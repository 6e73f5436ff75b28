package diff

// Codes of changes. Whether one is breaking depends on the side it is on.
const (
	OperationRemoved    = "operation_removed"
	OperationMoved      = "operation_moved"   // another method or path, the same operationId
	OperationRenamed    = "operation_renamed" // another operationId, the same method and path
	OperationAdded      = "operation_added"
	OperationDeprecated = "operation_deprecated"
	ServerChanged       = "server_changed"
	AuthRequired        = "auth_required" // a credential is needed where none was
	AuthChanged         = "auth_changed"  // none of the ways to authenticate is enough any more
	ParameterRequired   = "parameter_required"
	ParameterRemoved    = "parameter_removed"
	ParameterAdded      = "parameter_added"
	ParameterOptional   = "parameter_optional"
	ParameterStyle      = "parameter_style"
	BodyRequired        = "body_required"
	BodyOptional        = "body_optional"
	BodyRemoved         = "body_removed"
	BodyAdded           = "body_added"
	MediaTypeRemoved    = "media_type_removed"
	MediaTypeAdded      = "media_type_added"
	FieldRequired       = "field_required"
	FieldOptional       = "field_optional"
	FieldRemoved        = "field_removed"
	FieldAdded          = "field_added"
	FieldsClosed        = "fields_closed" // fields without a name in the schema are refused
	TypeChanged         = "type_changed"
	NullAllowed         = "null_allowed"
	NullRefused         = "null_refused"
	EnumNarrowed        = "enum_narrowed"
	EnumWidened         = "enum_widened"
	FormatChanged       = "format_changed"
	LimitNarrowed       = "limit_narrowed"
	LimitWidened        = "limit_widened"
	DefaultChanged      = "default_changed"
	AlternativeRemoved  = "alternative_removed"
	AlternativeAdded    = "alternative_added"
	StatusRemoved       = "status_removed"
	StatusAdded         = "status_added"
	HeaderRemoved       = "header_removed"
	TextChanged         = "text_changed" // nothing that a call or a reader depends on
)

// Change is one difference.
type Change struct {
	// Operation is the operation's id in the old document, of an added one in the
	// new; "" for what concerns all of them.
	Operation string `json:"operation"`
	Code      string `json:"code"`
	// Path names the place: "query.limit", "body.items[].name", "answer.200.id".
	Path     string `json:"path,omitempty"`
	Message  string `json:"message"`
	Breaking bool   `json:"breaking"`
}

// maxChanges bounds how many changes are listed, breaking and harmless ones each.
const maxChanges = 2000

// Result is what differs between two documents.
type Result struct {
	// Breaking and Harmless are the changes, in the old document's order, added
	// operations last, at most 2,000 each.
	Breaking []Change
	Harmless []Change
	// BreakingCount and HarmlessCount count all.
	BreakingCount int
	HarmlessCount int
	// Changed is how many operations are in both documents and not the same, what
	// they refer to included; Removed and Added how many are in one only.
	Changed int
	Removed int
	Added   int
}

func (r *Result) put(c Change) {
	if c.Breaking {
		if r.BreakingCount++; len(r.Breaking) < maxChanges {
			r.Breaking = append(r.Breaking, c)
		}
		return
	}
	if r.HarmlessCount++; len(r.Harmless) < maxChanges {
		r.Harmless = append(r.Harmless, c)
	}
}
