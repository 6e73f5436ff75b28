package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/plan/openai/openaitest"
)

const hours = `{"possible":true,"reason":"","name":"Hours","steps":[{"id":"hours","operation":"api1/getMuseumHours","why":"You asked.","for_each":null,"only_if":null,"arguments":[]}]}`

// TestEvalModel measures with a scripted model, through the command line.
//
//nolint:paralleltest // the environment is the process's
func TestEvalModel(t *testing.T) {
	good := openaitest.Reply{Content: hours}
	refused := openaitest.Reply{Status: 401, Raw: `{"error":{"message":"no"}}`}
	for _, tt := range []struct {
		name    string
		replies []openaitest.Reply
		goals   int
		args    []string
		prices  bool
		status  int
		want    []string // in order, as expressions
		file    string   // of the answers
		asked   int
	}{
		{name: "planned", replies: []openaitest.Reply{good}, goals: 1, args: []string{"--least", "100"}, asked: 1, file: `"planner":"openai"}` + "\n$",
			want: []string{`exact +100\.0 n=1`, `model +test-model, on 20\d\d-\d\d-\d\d\n`, `plans +1 by the model, 0 by the built-in planner, none for 0\n`, `fell back +0 of 1\n`,
				`tokens +100 prompt, 20 completion\nrequests +1, repairs 0\n`}},
		{name: "cost", replies: []openaitest.Reply{good}, goals: 2, prices: true, asked: 2, want: []string{`tokens +200 prompt, 40 completion\ncost +0\.0008 USD, at 2 and 10 for a million tokens\nrequests +2, repairs 0`}},
		{name: "mended, then fallen back", replies: []openaitest.Reply{{Content: "{"}, good, refused}, goals: 2, asked: 3,
			want: []string{`exact +100\.0 n=2`, `plans +1 by the model, 1 by the built-in planner, none for 0\n`, `fell back +1 of 2\n  1 × The model refused the configured key\.\n`,
				`tokens +200 prompt, 40 completion\nrequests +3, repairs 1\n`},
			file: `"planner":"openai"}\n.*"planner":"builtin","fellBack":"The model refused the configured key\."}` + "\n$"},
		{name: "not possible", replies: []openaitest.Reply{{Content: `{"possible":false,"reason":"No.","name":"","steps":[]}`}}, goals: 1, asked: 1,
			want: []string{`exact +0\.0 n=1`, `plans +0 by the model, 0 by the built-in planner, none for 1\n`, `fell back +0 of 1\n`}},
		{name: "bounded", replies: []openaitest.Reply{good}, goals: 3, args: []string{"--limit", "2"}, asked: 2, want: []string{`restbench: 2 goals`, `fell back +0 of 2`}},
		{name: "stopped", replies: []openaitest.Reply{good, {Hang: true}}, goals: 3, status: 1, asked: 2, file: `^.*"id":"m1".*\n$`,
			want: []string{`restbench: 1 goals`, `exact +100\.0 n=1`, `fell back +0 of 1\n`, `requests +2,`, `stopped; the figures are of the goals that were answered\n$`}},
		{name: "no such set", replies: []openaitest.Reply{good}, goals: 1, args: []string{"--set", "other"}, status: 2, want: []string{`^apiq: usage: .*no such set of goals.*\n$`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := openaitest.Start(t, tt.replies...)
			t.Setenv("OPENAI_API_KEY", "sk-test")
			t.Setenv("OPENAI_BASE_URL", s.BaseURL())
			t.Setenv("OPENAI_MODEL", "test-model")
			if tt.prices {
				t.Setenv("OPENAI_PRICE_INPUT", "2")
				t.Setenv("OPENAI_PRICE_OUTPUT", "10")
			}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			go func() {
				select {
				case <-s.Hanging:
					stop()
				case <-ctx.Done():
				}
			}()
			goals := make([]string, tt.goals)
			for i := range goals {
				goals[i] = "Get the museum hours"
			}
			out := filepath.Join(t.TempDir(), "answers.jsonl")
			var stdout, stderr bytes.Buffer
			status := run(ctx, append([]string{"eval", "plan", "--planner", "model", "--workers", "1", "--data", museumGoals(t, goals...), "--out", out, "--set", "restbench"}, tt.args...), streams{out: &stdout, err: &stderr})
			all := stdout.String() + stderr.String()
			if status != tt.status || !regexp.MustCompile(`(?s)`+strings.Join(tt.want, ".*")).MatchString(all) {
				t.Errorf("status %d, want %d and %q:\n%s", status, tt.status, tt.want, all)
			}
			if asked := len(s.Requests()); asked != tt.asked {
				t.Errorf("%d requests, want %d", asked, tt.asked)
			}
			if raw, err := os.ReadFile(out); tt.file != "" && (err != nil || !regexp.MustCompile(tt.file).Match(raw)) {
				t.Errorf("answers %s, %v, want %q", raw, err, tt.file)
			}
		})
	}
}

// Without a key there is no measurement, and one line says so.
//
//nolint:paralleltest // the environment is the process's
func TestEvalModelWithoutKey(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "")
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), []string{"eval", "plan", "--planner", "model", "--data", t.TempDir(), "--set", "restbench"}, streams{out: &stdout, err: &stderr})
	if want := "apiq: usage: --planner model needs OPENAI_API_KEY; see docs/configuration.md\n"; status != 2 || stdout.String()+stderr.String() != want {
		t.Errorf("status %d, %q", status, stdout.String()+stderr.String())
	}
}
