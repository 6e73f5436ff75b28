package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apiq/apiq/shared/boot"
	"github.com/apiq/apiq/shared/plan"
)

// evalModel is the configured model with what measuring it took.
type evalModel struct {
	model plan.Model
	name  string
	price plan.Price

	mu           sync.Mutex
	usage        plan.Usage
	own, instead int            // plans by the model and, where it failed, by the built-in planner
	none         int            // goals without a plan
	fell         int            // goals for which the model failed
	why          map[string]int // by reason
}

// openModel reads the environment.
func openModel() (*evalModel, error) {
	c, err := boot.Load(nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	m, err := planningModel(c)
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, fmt.Errorf("%w: --planner model needs OPENAI_API_KEY; see docs/configuration.md", errUsage)
	}
	return &evalModel{model: m, name: c.OpenAIModel, price: plan.Price{Input: c.OpenAIPriceInput, Output: c.OpenAIPriceOutput}, why: map[string]int{}}, nil
}

// count takes in what came of a goal; of one that was broken off, what it took.
func (m *evalModel) count(p plan.Proved, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.usage.Add(p.Usage)
	switch {
	case err == nil && p.Planner == plan.PlannerOpenAI:
		m.own++
	case err == nil:
		m.instead++
	case plan.Impossible(err):
		m.none++
	default:
		return
	}
	if p.Failed != "" {
		m.fell++
		reason, _, _ := strings.Cut(p.Failed, ": ") // what follows is about the one goal
		m.why[reason]++
	}
}

// print tells what the figures above it are of.
func (m *evalModel) print(w io.Writer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%-18s %s, on %s\n", "model", m.name, time.Now().UTC().Format(time.DateOnly))
	fmt.Fprintf(&b, "%-18s %d by the model, %d by the built-in planner, none for %d\n", "plans", m.own, m.instead, m.none)
	fmt.Fprintf(&b, "%-18s %d of %d\n", "fell back", m.fell, m.own+m.instead+m.none)
	for _, reason := range slices.SortedFunc(maps.Keys(m.why), func(a, b string) int {
		return cmp.Or(cmp.Compare(m.why[b], m.why[a]), cmp.Compare(a, b))
	}) {
		fmt.Fprintf(&b, "  %d × %s\n", m.why[reason], reason)
	}
	fmt.Fprintf(&b, "%-18s %d prompt, %d completion\n", "tokens", m.usage.PromptTokens, m.usage.CompletionTokens)
	if m.price != (plan.Price{}) {
		fmt.Fprintf(&b, "%-18s %.4f USD, at %g and %g for a million tokens\n", "cost", m.usage.CostUSD, m.price.Input, m.price.Output)
	}
	fmt.Fprintf(&b, "%-18s %d, repairs %d\n", "requests", m.usage.Calls, m.usage.Repairs)
	_, err := io.WriteString(w, b.String())
	return err
}
