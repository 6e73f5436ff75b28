package openai

import (
	"fmt"
	"regexp"
	"strings"
)

// credential finds what has the shape of one, by the prefixes that issuers give
// them so that they can be found: a person may have typed it into a goal. What
// looks like any other word is not found.
var credential = regexp.MustCompile(strings.Join([]string{
	`\bsk-[A-Za-z0-9_-]{16,}`,                      // model keys
	`\b(?:sk|pk|rk|whsec)_(?:live_|test_)?\w{16,}`, // Stripe
	`\bgh[opsur]_\w{20,}`, `\bgithub_pat_\w{20,}`,  // GitHub
	`\bglpat-[\w-]{20,}`,                         // GitLab
	`\bxox[a-z]-[\w-]{10,}`, `\bxapp-[\w-]{10,}`, // Slack
	`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`, `\bAIza[\w-]{35}`, // AWS, Google
	`\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*`,         // tokens of RFC 7519
	`(?i:\b(?:bearer|basic) )([\w.~+/=-]{16,})`, // RFC 6750, RFC 7617
	`://[^\s/:@"\\]+:([^\s/@"\\]+)@`,            // passwords in addresses
	`-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----`,
}, "|"))

// withheld are texts that a prompt holds by a label, in the order of the labels.
type withheld struct {
	mark  string
	texts []string
}

// withhold labels what has the shape of a credential in a prompt, which is JSON.
func withhold(prompt string) (string, withheld) {
	w := withheld{mark: "WITHHELD"}
	for strings.Contains(prompt, w.mark) {
		w.mark += "X"
	}
	var b strings.Builder
	done := 0
	for _, at := range credential.FindAllStringSubmatchIndex(prompt, -1) {
		from, to := at[0], at[1]
		for i := 2; i < len(at); i += 2 {
			if at[i] >= 0 {
				from, to = at[i], at[i+1] // the part of it that is secret
			}
		}
		b.WriteString(prompt[done:from] + w.label(prompt[from:to]))
		done = to
	}
	return b.String() + prompt[done:], w
}

func (w *withheld) label(text string) string {
	for i, have := range w.texts {
		if have == text {
			return w.name(i)
		}
	}
	w.texts = append(w.texts, text)
	return w.name(len(w.texts) - 1)
}

func (w *withheld) name(i int) string { return fmt.Sprintf("%s_%d_", w.mark, i+1) }

// restore puts the texts back into what a model answered: the values that it
// takes over, and the words that it quotes.
func (w *withheld) restore(a *answer) {
	if len(w.texts) == 0 {
		return
	}
	pairs := make([]string, 0, 2*len(w.texts))
	for i, text := range w.texts {
		pairs = append(pairs, w.name(i), text)
	}
	back := strings.NewReplacer(pairs...)
	step := func(s *answerStep) {
		for i := range s.Arguments {
			s.Arguments[i].Value = back.Replace(s.Arguments[i].Value)
		}
		if s.OnlyIf != nil {
			s.OnlyIf.Value = back.Replace(s.OnlyIf.Value)
		}
	}
	for i := range a.Steps {
		step(&a.Steps[i])
	}
	for i := range a.Edits {
		e := &a.Edits[i]
		e.Words = back.Replace(e.Words)
		if e.NewStep != nil {
			step(e.NewStep)
		}
		if e.Argument != nil {
			e.Argument.Value = back.Replace(e.Argument.Value)
		}
		if e.OnlyIf != nil {
			e.OnlyIf.Value = back.Replace(e.OnlyIf.Value)
		}
	}
}
