package main

import (
	"context"
	"fmt"
	"os"

	"github.com/apiq/apiq/shared/spec/lint"
	"github.com/apiq/apiq/shared/spec/report"
)

// lintChildCmd is the process in which one document is validated: see lint.Child.
type lintChildCmd struct {
	MaxMemory int64 `arg:"" help:"Bytes it may hold."`
}

// Run validates the document on standard input.
func (c lintChildCmd) Run(ctx context.Context, s streams) error {
	return lint.ServeChild(ctx, os.Stdin, s.out, c.MaxMemory)
}

// lintChild starts this program anew for each document.
func lintChild() (*lint.Child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	return lint.NewChild([]string{self, "spec", "lint-child"}, nil), nil
}

// openReports makes what validates documents behind everything else.
func (h *home) openReports() error {
	child, err := lintChild()
	if err != nil {
		return err
	}
	h.reports = report.New(h.library, h.blobs, child, &report.Options{Log: h.log})
	return nil
}
