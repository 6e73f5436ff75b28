package main

import (
	"fmt"
	"strings"
)

// Runs a month that the page has a column for.
func volumes() []float64 { return []float64{0, 10_000, 1_000_000} }

// Goals of the AWS home (issue 3), in dollars a month, in an account of its own.
const (
	goalAtRest    = 2.50 // "about $2"
	goalAtMillion = 60.0
)

// page is docs/price.md.
func page(s Shape, m Measured) (string, error) {
	var bills [][]Line
	for _, runs := range volumes() {
		lines, err := bill(s, m, runs)
		if err != nil {
			return "", err
		}
		bills = append(bills, lines)
	}
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("# What the AWS home costs a month")
	p("")
	p("Made by `make price` from the templates of %s, docs/price-measured.json and the list prices in infra/cdk/price/prices.go (us-east-1, put down on %s; which of them were compared with AWS's pages is told there).", s.Env, PricesOf)
	p("Do not edit it: change those, and make it again.")
	p("")
	if m.Estimate {
		p("**The consumption of a run is an estimate, not measured yet**: %s (%s).", m.How, m.Date)
	} else {
		p("Consumption of a run: %s (%s).", m.How, m.Date)
	}
	p("A run is %s.", m.Run.What)
	p("")
	p("| item | at rest | 10,000 runs | 1,000,000 runs |")
	p("|---|---:|---:|---:|")
	for i, line := range bills[0] {
		p("| %s | %s | %s | %s |", line.Item, dollars(bills[0][i].List), dollars(bills[1][i].List), dollars(bills[2][i].List))
	}
	var list, paid [3]float64
	for i, lines := range bills {
		list[i], paid[i] = total(lines)
	}
	p("| at list prices | %s | %s | %s |", dollars(list[0]), dollars(list[1]), dollars(list[2]))
	p("| **to pay**, after what is free for every account | **%s** | **%s** | **%s** |", dollars(paid[0]), dollars(paid[1]), dollars(paid[2]))
	p("")
	p("Goals, to pay: about $2 at rest (%s); at most $60 at a million short runs (%s). What is free is an account's, so it holds for an environment", verdict(paid[0], goalAtRest), verdict(paid[2], goalAtMillion))
	p("that has its account to itself, as docs/operations.md asks; without it, the list prices hold.")
	p("")
	p("- A run that can not be brief is a standard execution: about %.0f transitions, $%.3f a thousand runs or $%.0f a million, in place of the express line.",
		m.StandardTransitions, m.StandardTransitions*standardTransition*1000, m.StandardTransitions*standardTransition*million)
	p("- The key costs $1 more after its first rotation (a year) and again after its second; later ones are free.")
	p("- Records of runs stay: each further month of a million runs adds %s of storage with recovery.", dollars((m.Run.TableBytes*(tableGBMonth+tablePITRMonth)+m.Run.BlobBytes*s3GBMonth)/gb*million))
	p("- Not in it: a domain and its zone ($0.50 a zone), a web ACL (`-c waf=true`: $5, $1 a rule, $0.60 a million requests), mail ($0.10 a thousand), the model's own price,")
	p("  large documents and answers, taxes.")
	return b.String(), nil
}

func dollars(v float64) string {
	if v > 0 && v < 0.005 {
		return "<$0.01"
	}
	return fmt.Sprintf("$%.2f", v)
}

func verdict(have, goal float64) string {
	if have <= goal {
		return fmt.Sprintf("met: %s", dollars(have))
	}
	return fmt.Sprintf("not met: %s", dollars(have))
}
