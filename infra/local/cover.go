package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/apiq/apiq/shared/boot"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/spec"
)

// coverCmd shows what the product makes of popular APIs: it imports each one's
// document, makes a twin of it, and calls a safe operation of that.
type coverCmd struct {
	List  string `arg:"" optional:"" help:"File with the APIs: a JSON array of {id, name, category, url, auth, terms}. Without it, every document in --dir."`
	Dir   string `help:"Take the documents from this folder, as <id>.json or <id>.yaml, gzip or not, instead of their URLs. Those that are not there are left out, and told."`
	Table string `help:"Write the table to this file as well."`
}

// popular is a line of the list.
type popular struct {
	ID       string              `json:"id"`
	Name     string              `json:"name"`
	Category string              `json:"category"`
	URL      string              `json:"url"`
	Auth     connection.AuthType `json:"auth"` // what its makers say of it
	Terms    string              `json:"terms"`
	file     string
}

// coverLine is what was found of one API.
type coverLine struct {
	ID         string              `json:"id"`
	Name       string              `json:"name"`
	Category   string              `json:"category,omitempty"`
	Document   string              `json:"document"`
	Format     string              `json:"format"` // "OpenAPI 3.0.3 (yaml)"
	Operations int                 `json:"operations"`
	ImportMs   int64               `json:"importMs"` // processor time
	PeakMB     float64             `json:"peakMB"`
	Warnings   int                 `json:"warnings"`
	AuthWanted connection.AuthType `json:"authExpected,omitempty"`
	Auth       connection.AuthType `json:"auth"` // what the document says
	safeCall
	// Lost: the document was read, and has operations that the import did not find.
	Lost  bool   `json:"lost"`
	Error string `json:"error,omitempty"`
}

// Run prints a JSON line for each API as it is done, and the table at the end;
// status 1 when any lost its operations, or nothing could be read at all.
func (c coverCmd) Run(ctx context.Context, s streams) error {
	config, err := boot.Load(nil)
	if err != nil {
		return err
	}
	apis, absent, err := c.apis()
	if err != nil {
		return err
	}
	enc := json.NewEncoder(s.out)
	var lines []coverLine
	failed, read := false, 0
	for i, api := range apis {
		fmt.Fprintf(s.err, "%d/%d %s\n", i+1, len(apis), api.ID)
		line := cover(ctx, config, api)
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := enc.Encode(line); err != nil {
			return err
		}
		lines = append(lines, line)
		failed = failed || line.Lost
		if line.Operations > 0 {
			read++
		}
	}
	table := coverTable(lines, absent)
	if _, err := io.WriteString(s.out, "\n"+table); err != nil {
		return err
	}
	if c.Table != "" {
		if err := os.WriteFile(c.Table, []byte(table), 0o600); err != nil {
			return err
		}
	}
	if failed || read == 0 {
		return errFailed
	}
	return nil
}

// apis are those of the list, with the names of those that the folder has not.
func (c coverCmd) apis() (apis []popular, absent []string, err error) {
	files := map[string]string{}
	if c.Dir != "" {
		if files, err = documentsIn(c.Dir); err != nil {
			return nil, nil, err
		}
	}
	if c.List == "" {
		for id, file := range files {
			apis = append(apis, popular{ID: id, Name: id, file: file})
		}
		slices.SortFunc(apis, func(a, b popular) int { return cmp.Compare(a.ID, b.ID) })
		if len(apis) == 0 {
			return nil, nil, errors.New("name a list, or a --dir with documents in it")
		}
		return apis, nil, nil
	}
	raw, err := os.ReadFile(c.List)
	if err != nil {
		return nil, nil, err
	}
	var all []popular
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", c.List, err)
	}
	for _, api := range all {
		api.file = api.URL
		if c.Dir != "" {
			if api.file = files[api.ID]; api.file == "" {
				absent = append(absent, api.ID)
				continue
			}
		}
		apis = append(apis, api)
	}
	return apis, absent, nil
}

// documentsIn finds documents by name, without their endings.
func documentsIn(dir string) (map[string]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".gz")
		switch filepath.Ext(name) {
		case ".json", ".yaml", ".yml":
			if id := strings.TrimSuffix(name, filepath.Ext(name)); !e.IsDir() && id != "manifest" {
				files[id] = filepath.Join(dir, e.Name())
			}
		}
	}
	return files, nil
}

func cover(ctx context.Context, config boot.Config, api popular) coverLine {
	line := coverLine{ID: api.ID, Name: api.Name, Category: api.Category, Document: api.file, AuthWanted: api.Auth}
	raw, err := readDocument(ctx, config, api.file)
	if err != nil {
		line.Error = "unreadable: " + err.Error()
		return line
	}
	opts := &spec.ParseOptions{MaxBytes: config.SpecMaxBytes}
	seen := spec.Inspect(ctx, api.file, raw, opts)
	line.ImportMs, line.PeakMB, line.Operations = seen.CPUMs, seen.PeakMB, seen.Operations
	doc, err := spec.Parse(ctx, raw, opts)
	if err != nil {
		line.Lost, line.Error = true, err.Error()
		if len(seen.Errors) > 0 {
			line.Error = seen.Errors[0].Message
		}
		return line
	}
	info := doc.Info()
	line.Format = "OpenAPI " + info.SpecVersion + " (" + info.Format + ")"
	line.Warnings = len(doc.Warnings())
	cred, kind := credentialFor(doc)
	line.Auth = kind
	if doc.Len() == 0 {
		line.Lost = hasPaths(doc)
		return line
	}
	if line.safeCall, err = callSafely(ctx, doc, cred); err != nil {
		line.Error = err.Error()
	}
	return line
}

// hasPaths tells a document that describes paths from one that has webhooks or
// components only.
func hasPaths(doc *spec.Document) bool {
	var d struct{ Paths map[string]json.RawMessage }
	return json.Unmarshal(doc.JSON(), &d) != nil || len(d.Paths) > 0
}

func coverTable(lines []coverLine, absent []string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "API\tdocument\toperations\timport ms\tMB\twarnings\tauth\tsafe call\tstatus\tvalid")
	operations, lost, unread, called, valid := 0, 0, 0, 0, 0
	for _, l := range lines {
		auth := string(l.Auth)
		if l.AuthWanted != "" && l.AuthWanted != l.Auth {
			auth += " (expected " + string(l.AuthWanted) + ")"
		}
		answer, status, call := "-", "-", cmp.Or(l.Operation, "-")
		if l.Status != 0 {
			status = fmt.Sprint(l.Status)
		}
		switch {
		case l.Lost:
			call, lost = "LOST: "+l.Error, lost+1
		case l.Error != "":
			call = l.Error
		}
		if l.Operation != "" {
			called++
		}
		switch {
		case l.Valid != nil && *l.Valid:
			answer, valid = "yes", valid+1
		case l.Valid != nil:
			answer = "NO"
		case l.Operation != "":
			answer = "unchecked"
		}
		if l.Format == "" && !l.Lost {
			unread++
		}
		operations += l.Operations
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%.0f\t%d\t%s\t%.60s\t%s\t%s\n", l.Name, cmp.Or(l.Format, "-"), l.Operations, l.ImportMs, l.PeakMB, l.Warnings, auth, call, status, answer)
	}
	_ = w.Flush() // into memory
	fmt.Fprintf(&b, "\n%d documents, %d operations; %d lost operations, %d could not be read; %d safe calls, %d answers valid.\n", len(lines), operations, lost, unread, called, valid)
	if len(absent) > 0 {
		fmt.Fprintf(&b, "Left out, since the folder has no document of theirs: %s.\n", strings.Join(absent, ", "))
	}
	return b.String()
}
