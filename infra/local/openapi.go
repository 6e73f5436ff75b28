package main

import (
	"context"

	"github.com/apiq/apiq/shared/boot"
	"github.com/apiq/apiq/shared/web"
)

// openAPICmd prints the contract; `make generate` writes it to docs/openapi.json.
type openAPICmd struct{}

// Run needs no data folder: endpoints are bound, never called.
func (openAPICmd) Run(_ context.Context, io streams) error {
	c, err := boot.Load(map[string]string{})
	if err != nil {
		return err
	}
	all, err := (&home{config: c}).endpoints()
	if err != nil {
		return err
	}
	// The file must not change with each commit: it names no build.
	doc, err := web.OpenAPI(all, "1")
	if err != nil {
		return err
	}
	_, err = io.out.Write(doc)
	return err
}
