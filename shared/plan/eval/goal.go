package eval

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Step is a call of a gold plan.
type Step struct {
	ID     string         `json:"id"`
	Spec   string         `json:"spec"`
	Method string         `json:"method"`
	Path   string         `json:"path"`
	Args   map[string]any `json:"args"`
	// Body is what is sent, where gold keeps it apart from the arguments.
	Body any `json:"body"`
	// Outputs name parts of the answer for later steps, as Arazzo writes them
	// ("$response.body#/id"); the whole body stands for a part found by its name.
	Outputs map[string]any `json:"outputs"`
}

// Edge says that a step's parameter takes a part of an earlier step's answer.
type Edge struct {
	FromStep string `json:"from_step"`
	ToStep   string `json:"to_step"`
	Param    string `json:"param"`
	Output   string `json:"output,omitempty"`
}

// Goal is a sentence with what was asked for.
type Goal struct {
	ID   string `json:"id"`
	Text string `json:"goal"`
	// Spec is the document that its steps belong to, or several.
	Spec  names  `json:"spec"`
	Steps []Step `json:"steps"`
	// Edges are nil where nobody wrote them down.
	Edges []Edge `json:"edges"`
	// Relevant are operations without an order, where only finding them is asked for.
	Relevant []Step `json:"relevant"`
}

// names is a string or a list of strings.
type names []string

// UnmarshalJSON implements json.Unmarshaler.
func (n *names) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*n = names{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(n))
}

// Documents are the names of those that the goal's calls belong to.
func (g *Goal) Documents() []string {
	var out []string
	for _, s := range g.calls() {
		if name := g.document(s); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// Vendor is who made the API: goals over one vendor's APIs are alike, and are kept
// together when some are trained on and others measured.
func (g *Goal) Vendor() string {
	if rest, ok := strings.CutPrefix(g.ID, "arazzo/"); ok {
		vendor, _, _ := strings.Cut(rest, "/")
		return vendor
	}
	return strings.Join(g.Documents(), " ")
}

// Gold are the calls in their order, as "DOCUMENT METHOD PATH".
func (g *Goal) Gold() []string {
	out := make([]string, 0, len(g.calls()))
	for _, s := range g.calls() {
		out = append(out, g.document(s)+" "+s.Method+" "+s.Path)
	}
	return out
}

func (g *Goal) calls() []Step {
	if len(g.Steps) > 0 {
		return g.Steps
	}
	return g.Relevant
}

func (g *Goal) document(s Step) string {
	if s.Spec == "" && len(g.Spec) == 1 {
		return g.Spec[0]
	}
	return s.Spec
}

// sets are the goals that a folder may have, by the names that people call them.
func sets() map[string]string {
	return map[string]string{
		"arazzo":          "arazzo/workflows.jsonl",
		"restbench":       "restbench/tasks.jsonl",
		"toolalpaca":      "toolalpaca/tasks.jsonl",
		"sgd":             "nestful/sgd.jsonl",
		"glaive":          "nestful/glaive.jsonl",
		"executable":      "nestful/executable.jsonl",
		"stabletoolbench": "stabletoolbench/queries.jsonl",
	}
}

// Names lists the sets of goals, sorted.
func Names() []string {
	var out []string
	for name := range sets() {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// ErrNoSet says that a folder has no set of that name.
var ErrNoSet = errors.New("there is no such set of goals")

const maxLine = 4 << 20

// Read reads a set of goals.
func Read(dir, set string) ([]Goal, error) {
	file, ok := sets()[set]
	if !ok {
		return nil, fmt.Errorf("eval: %q: %w", set, ErrNoSet)
	}
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(file)))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("eval: %s in %s: %w", set, dir, ErrNoSet)
	}
	if err != nil {
		return nil, fmt.Errorf("eval: read %s: %w", set, err)
	}
	defer func() { _ = f.Close() }() // only read
	var out []Goal
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		var g Goal
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			return nil, fmt.Errorf("eval: %s, line %d: %w", set, n, err)
		}
		out = append(out, g)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("eval: read %s: %w", set, err)
	}
	return out, nil
}
