// Command count prints how many resources each stack of an assembly has, and fails
// where one comes near to what CloudFormation takes.
// Usage: count FOLDER
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// most is our limit; CloudFormation's is 500 a stack.
const most = 400

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: count FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "count:", err)
		os.Exit(1)
	}
}

func run(folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.template.json"))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("no templates in %s", folder)
	}
	total := 0
	var large []string
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var template struct{ Resources map[string]json.RawMessage }
		if err := json.Unmarshal(raw, &template); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		n, name := len(template.Resources), strings.TrimSuffix(filepath.Base(file), ".template.json")
		fmt.Printf("%5d  %s\n", n, name)
		if total += n; n >= most {
			large = append(large, name)
		}
	}
	fmt.Printf("%5d  in %d stacks\n", total, len(files))
	if large != nil {
		return fmt.Errorf("%d resources or more in %s: give it another stack", most, strings.Join(large, ", "))
	}
	return nil
}
