// Command cdk synthesises the AWS home. cdk.json at the root runs it; the
// environment and what else is chosen come from the context (package config).
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/apiq/apiq/infra/cdk/config"
	"github.com/apiq/apiq/infra/cdk/stack"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "cdk:", err)
		os.Exit(1)
	}
}

func run() error {
	defer jsii.Close()
	root, err := root()
	if err != nil {
		return err
	}
	app := awscdk.NewApp(nil)
	cfg, err := config.Read(lookup(app))
	if err != nil {
		return err
	}
	if _, err := stack.New(app, cfg, root); err != nil {
		return err
	}
	app.Synth(nil)
	return nil
}

// lookup reads the context: what the command line says (-c name=value), else what
// cdk.json says of the environment.
func lookup(app awscdk.App) config.Lookup {
	get := func(name string) any { return app.Node().TryGetContext(jsii.String(name)) }
	env, _ := get("env").(string)
	if env == "" {
		env = config.Dev
	}
	all, _ := get("environments").(map[string]any)
	chosen, _ := all[env].(map[string]any)
	return func(name string) (string, bool) {
		value := get(name)
		if value == nil {
			value = chosen[name]
		}
		return fmt.Sprint(value), value != nil
	}
}

// root is the repository: the nearest folder above that has a cdk.json.
func root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "cdk.json")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("there is no cdk.json here or above")
		}
		dir = filepath.Dir(dir)
	}
}
