package openai

import (
	"strings"
	"testing"
)

func TestWithhold(t *testing.T) {
	t.Parallel()
	// Each is put together here, so that no scanner of this repository finds a key.
	long := strings.Repeat("a1B2", 10)
	for name, tt := range map[string]struct{ prompt, want string }{
		"model key":            {"use sk-" + long + ".", "use WITHHELD_1_."},
		"Stripe":               {"sk_live_" + long, "WITHHELD_1_"},
		"GitHub":               {"ghp_" + long + " and github_pat_" + long, "WITHHELD_1_ and WITHHELD_2_"},
		"the same twice":       {"ghp_" + long + ",ghp_" + long, "WITHHELD_1_,WITHHELD_1_"},
		"GitLab":               {"glpat-" + long, "WITHHELD_1_"},
		"Slack":                {"xoxb-12345-" + long, "WITHHELD_1_"},
		"AWS":                  {"AKIA" + strings.Repeat("Q", 16) + "!", "WITHHELD_1_!"},
		"token":                {"eyJ" + long + "." + long + "." + long, "WITHHELD_1_"},
		"header":               {"Authorization: Bearer " + long, "Authorization: Bearer WITHHELD_1_"},
		"password in address":  {"https://ann:hunter2@x.example/", "https://ann:WITHHELD_1_@x.example/"},
		"private key":          {`-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----`, "WITHHELD_1_"},
		"the label is a word":  {"WITHHELD_1_ ghp_" + long, "WITHHELD_1_ WITHHELDX_1_"},
		"words":                {"the basic plan, a bearer bond, task-force, sk-8, https://x.example:8080/a@b", "the basic plan, a bearer bond, task-force, sk-8, https://x.example:8080/a@b"},
		"identifiers":          {"dad4bce8-f5cb-4078-a211-995864315e39 pi_3MtwBwLkdIwHu7ix28a3tqPa cus_9s6XKzkNRiz8i3", "dad4bce8-f5cb-4078-a211-995864315e39 pi_3MtwBwLkdIwHu7ix28a3tqPa cus_9s6XKzkNRiz8i3"},
		"a date and an amount": {"2026-03-04 12.50", "2026-03-04 12.50"},
	} {
		got, kept := withhold(tt.prompt)
		if got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
		a := answer{Edits: []answerEdit{{Words: got}}}
		if kept.restore(&a); a.Edits[0].Words != tt.prompt {
			t.Errorf("%s: restored %s", name, a.Edits[0].Words)
		}
	}
}
