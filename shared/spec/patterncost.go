package spec

import (
	"regexp"
	"regexp/syntax"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const (
	// maxPatternCost bounds one pattern: about how many instructions it compiles to.
	// Seven bytes ask for a thousand.
	maxPatternCost = 20_000
	// maxPatternsCost bounds all patterns of what is compiled at once.
	maxPatternsCost = 200_000
	// matchPerVisit is how many steps of a pattern over a text count as one schema
	// object tried.
	matchPerVisit = 1024
)

// PatternCost is about how many instructions a pattern compiles to, more than maxPatternCost for one that
// costs too much or cannot be read.
func PatternCost(pattern string) int {
	if len(pattern) > maxPattern {
		return maxPatternCost + 1
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return maxPatternCost + 1
	}
	return treeCost(tree)
}

func treeCost(n *syntax.Regexp) int {
	cost := 1 + len(n.Rune)
	if n.Op == syntax.OpCharClass {
		cost = 1 + len(n.Rune)/4
	}
	for _, sub := range n.Sub {
		if cost += treeCost(sub); cost > maxPatternCost {
			break
		}
	}
	if n.Op == syntax.OpRepeat {
		cost *= max(n.Min, n.Max, 1)
	}
	return min(cost, maxPatternCost+1)
}

// regexp is the engine of what is compiled: a pattern that Go cannot read (ECMA-262
// has look-around), or that costs too much, matches anything. One such pattern must
// not leave a whole schema unchecked.
func (c *compiler) regexp(pattern string) (jsonschema.Regexp, error) {
	cost := PatternCost(pattern)
	if cost > maxPatternCost || c.patterns+cost > maxPatternsCost {
		return anything(pattern), nil
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return anything(pattern), nil
	}
	c.patterns += cost
	c.made += cost / 16 // an object is about 1 KB
	return counted{re, c, cost}, nil
}

// counted takes a match out of what a run may do.
type counted struct {
	*regexp.Regexp
	compiler *compiler
	cost     int
}

func (r counted) MatchString(text string) bool {
	r.compiler.spend(len(text) * r.cost / matchPerVisit)
	return r.Regexp.MatchString(text)
}

type anything string

func (anything) MatchString(string) bool { return true }
func (a anything) String() string        { return string(a) }
