package quota

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/id"
)

// Limits are a workspace's. What is missing, or zero, has no limit.
type Limits map[Kind]int64

// Plan is the limits of all workspaces, and of single ones.
type Plan struct {
	all    Limits
	single map[string]Limits
}

// Parse reads "runs=10000,storage=5GB; wsp_…:runs=50": limits of all workspaces, then
// those of single ones, which take the place of what they name. Empty: no limits.
func Parse(text string) (Plan, error) {
	p := Plan{all: Limits{}, single: map[string]Limits{}}
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		workspace, list, single := strings.Cut(part, ":")
		if !single {
			list = part
		} else if workspace = strings.TrimSpace(workspace); !id.Is(workspace, id.Workspace) {
			return Plan{}, fmt.Errorf("quota: %q is no workspace's id", workspace)
		}
		limits := maps.Clone(p.all) // what single ones don't name; those of all come first
		for field := range strings.SplitSeq(list, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
			kind := Kind(strings.TrimSpace(name))
			if !slices.Contains(Kinds(), kind) {
				return Plan{}, fmt.Errorf("quota: there is no quota of %q: there are %s", kind, names())
			}
			n, err := number(kind, strings.TrimSpace(value))
			if err != nil {
				return Plan{}, err
			}
			limits[kind] = n
		}
		if single {
			p.single[workspace] = limits
		} else {
			p.all = limits
		}
	}
	return p, nil
}

// units are what a number of bytes may end with.
var units = []struct {
	name  string
	bytes int64
}{{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}}

func number(kind Kind, value string) (int64, error) {
	unit := int64(1)
	if kind == Storage {
		for _, u := range units {
			if digits, ok := strings.CutSuffix(value, u.name); ok {
				value, unit = strings.TrimSpace(digits), u.bytes
			}
		}
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 || n > kind.most()/unit {
		if kind == Storage {
			return 0, fmt.Errorf("quota: %s takes bytes, or a whole number of KB, MB, GB or TB, from 0, for no limit, to 1000TB", kind)
		}
		return 0, fmt.Errorf("quota: %s takes a whole number from 0, for no limit, to %d", kind, kind.most())
	}
	return n * unit, nil
}

// Of is the limit of a workspace, 0 for none.
func (p Plan) Of(workspace string, kind Kind) int64 {
	if limits, ok := p.single[workspace]; ok {
		return limits[kind]
	}
	return p.all[kind]
}
