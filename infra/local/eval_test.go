package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/plan/eval"
)

// museumGoals is a folder with goals over the museum's document that all ask for its hours.
func museumGoals(t *testing.T, goals ...string) string {
	t.Helper()
	doc, err := os.ReadFile("samples/museum.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lines := ""
	for i, g := range goals {
		lines += fmt.Sprintf(`{"id":"m%d","goal":%q,"spec":"restbench/museum.openapi.json","steps":[{"id":"s1","method":"GET","path":"/museum-hours","args":null}],"edges":null}`+"\n", i+1, g)
	}
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "plan", "restbench"), 0o750); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"tasks.jsonl": lines, "museum.openapi.json": string(doc)} {
		if err := os.WriteFile(filepath.Join(dir, "plan", "restbench", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestEval measures one goal over the museum's document, through the command line.
func TestEval(t *testing.T) {
	t.Parallel()
	dir := museumGoals(t, "Get the museum hours")
	out, broken := filepath.Join(dir, "answers.jsonl"), filepath.Join(dir, "broken.jsonl")
	for name, tt := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"plan":         {[]string{"plan", "--set", "restbench", "--out", out, "--least", "100"}, 0, "exact               100.0 n=1"},
		"retrieval":    {[]string{"retrieval", "--set", "restbench"}, 0, "all@20              100.0 n=1"},
		"corrupt":      {[]string{"corrupt", "--set", "restbench", "--out", broken, "--least", "100"}, 0, "unknown operation                1     0  100.0%  100.0%"},
		"too little":   {[]string{"corrupt", "--set", "restbench", "--least", "101"}, 1, "must be at least 101.0"},
		"corrupt none": {[]string{"corrupt", "--set", "other"}, 2, "no such set of goals"},
		"no such set":  {[]string{"plan", "--set", "other"}, 2, "no such set of goals"},
		"bad number":   {[]string{"plan", "--set", "restbench", "--connected", "few"}, 2, "takes a number or all"},
		"no such flag": {[]string{"plan", "--set", "restbench", "--planner", "oracle"}, 2, "--planner"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			status := run(context.Background(), append(append([]string{"eval"}, tt.args...), "--data", dir), streams{out: &stdout, err: &stderr})
			if all := stdout.String() + stderr.String(); status != tt.status || !strings.Contains(all, tt.want) {
				t.Errorf("status %d, %s", status, all)
			}
		})
	}
	raw, err := os.ReadFile(out)
	var a eval.Answer
	if err != nil || json.Unmarshal(raw, &a) != nil || a.ID != "m1" || len(a.Steps) != 1 || a.Steps[0].Op != "restbench/museum.openapi.json GET /museum-hours" || a.Valid == nil || !*a.Valid {
		t.Errorf("%s, %v", raw, err)
	}
	raw, err = os.ReadFile(broken)
	if lines := strings.Split(strings.TrimSpace(string(raw)), "\n"); err != nil || len(lines) < 2 || !strings.Contains(lines[1], `"class":"unknown operation"`) {
		t.Errorf("%s, %v", raw, err)
	}
}
