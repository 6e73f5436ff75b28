package quota

import "strings"

// Kind is what a quota is of, by its name in APIQ_QUOTAS and GET /api/usage.
type Kind string

// The kinds.
const (
	Requests    Kind = "requests" // a minute
	Runs        Kind = "runs"     // started a day
	Tokens      Kind = "tokens"   // of the planning model, a day
	Storage     Kind = "storage"  // bytes of documents and bodies
	Connections Kind = "connections"
	Workflows   Kind = "workflows"
	Triggers    Kind = "triggers"
	Members     Kind = "members"
)

// Kinds lists them as they are shown.
func Kinds() []Kind {
	return []Kind{Runs, Tokens, Storage, Connections, Workflows, Triggers, Members, Requests}
}

// renews says whether the kind is of a day.
func (k Kind) renews() bool { return k == Runs || k == Tokens }

const (
	// maxLimit keeps sums far from where they would overflow.
	maxLimit = 1_000_000_000
	// maxStorage is a petabyte.
	maxStorage = 1_000_000_000_000_000
)

// most is the largest limit.
func (k Kind) most() int64 {
	if k == Storage {
		return maxStorage
	}
	return maxLimit
}

func names() string {
	all := make([]string, 0, len(Kinds()))
	for _, k := range Kinds() {
		all = append(all, string(k))
	}
	return strings.Join(all, ", ")
}
