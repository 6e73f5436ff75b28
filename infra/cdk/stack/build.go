package stack

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"github.com/apiq/apiq/shared/route"
)

// builds finds what `make build/functions` left: a folder with the bootstrap in it,
// or a zip of that. It also lists the functions that have neither.
func builds(root string) (found map[string]string, missing []string) {
	found = map[string]string{}
	for _, f := range route.Functions() {
		folder := filepath.Join(root, "build", "functions", f.ID)
		if isFile(folder + ".zip") {
			found[f.ID] = folder + ".zip"
		} else if isFile(filepath.Join(folder, "bootstrap")) {
			found[f.ID] = folder
		} else {
			missing = append(missing, f.ID)
		}
	}
	return found, missing
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

//go:embed placeholder/bootstrap
var placeholder []byte

// placeholderIn writes the program that stands for those that are not built.
func placeholderIn(root string) (string, error) {
	folder := filepath.Join(root, "build", "placeholder")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("stack: placeholder: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "bootstrap"), placeholder, 0o755); err != nil { //nolint:gosec // Lambda runs it
		return "", fmt.Errorf("stack: placeholder: %w", err)
	}
	return folder, nil
}

// code is a function's build, or the placeholder that stands for it in templates.
func (h *Home) code(id string) awslambda.Code {
	path, ok := h.built[id]
	if !ok {
		path = h.placeholder
	}
	return awslambda.Code_FromAsset(jsii.String(path), nil)
}
