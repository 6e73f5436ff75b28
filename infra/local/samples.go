package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"embed"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/twin"
)

// samplesPath is where the process serves the sample APIs: the documents as
// files, and below each a twin that answers as the API would.
const samplesPath = "/samples/"

//go:embed samples
var sampleFiles embed.FS

// sample is one of the APIs that come with the product.
type sample struct {
	name, slug, file string
	auth             connection.AuthType
	config           connection.AuthConfig
}

// samples in the three dialects. Their credentials are made up: a twin takes any.
func samples() []sample {
	return []sample{
		{name: "Museum", slug: "museum", file: "museum.yaml", auth: connection.AuthBasic,
			config: connection.AuthConfig{Username: "sample", Password: secret.New("only-for-the-twin")}},
		{name: "Petstore", slug: "petstore", file: "petstore.yaml", auth: connection.AuthBearer,
			config: connection.AuthConfig{Token: secret.New("only-for-the-twin")}},
		{name: "Gitea", slug: "gitea", file: "gitea.json.gz", auth: connection.AuthBasic,
			config: connection.AuthConfig{Username: "sample", Password: secret.New("only-for-the-twin")}},
	}
}

// served is the document's name as it is fetched.
func (s sample) served() string { return strings.TrimSuffix(s.file, ".gz") }

func (s sample) read() ([]byte, error) {
	raw, err := sampleFiles.ReadFile("samples/" + s.file)
	if err != nil || !strings.HasSuffix(s.file, ".gz") {
		return raw, err
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// sampleHandler serves all samples.
func sampleHandler(ctx context.Context) (http.Handler, error) {
	mux := http.NewServeMux()
	for _, s := range samples() {
		raw, err := s.read()
		if err != nil {
			return nil, fmt.Errorf("sample %s: %w", s.slug, err)
		}
		doc, err := spec.Parse(ctx, raw, nil)
		if err != nil {
			return nil, fmt.Errorf("sample %s: %w", s.slug, err)
		}
		tw, err := twin.New(doc, &twin.Options{RequireAuth: true})
		if err != nil {
			return nil, fmt.Errorf("sample %s: %w", s.slug, err)
		}
		root := samplesPath + s.slug
		mux.HandleFunc("GET "+root+"/"+s.served(), func(w http.ResponseWriter, r *http.Request) {
			// ServeContent answers conditional requests: the spec cache revalidates by them.
			w.Header().Set("ETag", `"`+strings.TrimPrefix(doc.Info().Hash, "sha256:")[:16]+`"`)
			http.ServeContent(w, r, s.served(), time.Time{}, bytes.NewReader(raw))
		})
		mux.Handle(root+"/api/", http.StripPrefix(root+"/api", tw))
	}
	return mux, nil
}

// connectSamples connects the samples in a new workspace, fetched over HTTP like
// any other API. One that fails is logged: the workspace is usable without.
func connectSamples(ctx context.Context, h *home, publicURL string, log *slog.Logger) {
	actor := tenant.ActorFrom(ctx)
	actor.ID, actor.Email = "system", ""
	ctx = tenant.WithActor(ctx, actor)
	for _, s := range samples() {
		root := publicURL + samplesPath + s.slug
		_, err := h.connections.Create(ctx, connection.CreateInput{Name: s.name, SpecURL: root + "/" + s.served(), BaseURL: root + "/api",
			AuthType: s.auth, AuthConfig: s.config, Sample: true})
		if err != nil {
			log.WarnContext(ctx, "sample not connected", "sample", s.slug, "err", err)
		}
	}
	h.soon(ctx)
}
