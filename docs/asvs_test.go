package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestASVS: the walk through the standard names each requirement of its levels 1 and
// 2 once, with a state, and no test that is not there.
func TestASVS(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("asvs.md")
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile("testdata/asvs-5.0-level2.txt")
	if err != nil {
		t.Fatal(err)
	}
	var walked []string
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 || !strings.HasPrefix(strings.TrimSpace(cells[1]), "V") {
			continue
		}
		for _, id := range strings.Split(cells[1], ",") {
			walked = append(walked, strings.TrimSpace(id))
		}
		if state := strings.TrimSpace(cells[2]); !slices.Contains([]string{"met", "n/a", "open"}, state) {
			t.Errorf("%s: state %q", cells[1], state)
		}
		if len(strings.TrimSpace(cells[3])) < 4 {
			t.Errorf("%s: it does not say how", cells[1])
		}
	}
	want := strings.Fields(string(list))
	slices.Sort(want)
	slices.Sort(walked)
	if !slices.Equal(walked, want) {
		t.Errorf("%d requirements are walked through, want %d, each once", len(walked), len(want))
	}
	there := tests(t)
	for _, name := range regexp.MustCompile(`\bTest[A-Z]\w+|-run ('?)[A-Z]\w+`).FindAllString(string(page), -1) {
		part := strings.Trim(strings.TrimPrefix(name, "-run "), "'")
		if !slices.ContainsFunc(there, func(s string) bool { return strings.Contains(s, part) }) {
			t.Errorf("there is no test %s", part)
		}
	}
}

// tests are the names of the tests of the whole tree.
func tests(t *testing.T) (names []string) {
	t.Helper()
	function := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git" || entry.Name() == ".cache"):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		source, err := os.ReadFile(path)
		for _, m := range function.FindAllSubmatch(source, -1) {
			names = append(names, string(m[1]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
