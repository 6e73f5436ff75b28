// Command price computes what the AWS home costs a month from its templates, from
// what a run was measured to consume, and from list prices; it prints a line an item
// and writes docs/price.md.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	assembly := flag.String("assembly", "../../build/assembly/prod", "folder of the synthesised templates")
	measured := flag.String("measured", "../../docs/price-measured.json", "what a run consumes")
	out := flag.String("out", "../../docs/price.md", "the page to write")
	check := flag.Bool("check", false, "write nothing; fail where the page is not what would be written")
	flag.Parse()
	if err := run(*assembly, *measured, *out, *check); err != nil {
		fmt.Fprintln(os.Stderr, "price:", err)
		os.Exit(1)
	}
}

func run(assembly, measured, out string, check bool) error {
	shape, err := readShape(assembly)
	if err != nil {
		return err
	}
	m, err := readMeasured(measured)
	if err != nil {
		return err
	}
	text, err := page(shape, m)
	if err != nil {
		return err
	}
	fmt.Print(text)
	if !check {
		return os.WriteFile(out, []byte(text), 0o644) //nolint:gosec // a page of the documentation
	}
	have, err := os.ReadFile(out)
	if err != nil {
		return err
	}
	if string(have) != text {
		return fmt.Errorf("%s had drifted: run make price", out)
	}
	return nil
}
