package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/backup"
	"github.com/apiq/apiq/shared/boot"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/secret/keyfile"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/upkeep"
)

type keysCmd struct {
	Status keysStatusCmd `cmd:"" help:"Tell of master key and data keys: ages, what lies under them, how far a sweep is."`
	Rotate keysRotateCmd `cmd:"" help:"Make new data keys and seal anew what lies under older ones; with --master a new master key too."`
	Prune  keysPruneCmd  `cmd:"" help:"Remove older master keys from the key file, once no data key is wrapped under them."`
}

// Help says what there is and what it does to whom.
func (keysCmd) Help() string {
	return "Each workspace seals its credentials under a data key of its own; data keys are wrapped by the master key, which is the newest key of master.key. Nothing of this keeps anybody waiting.\n\n" +
		"Without --server the commands work on the data folder, all workspaces of it, while no server runs on it. With --server URL and a token of an admin (APIQ_TOKEN) they speak to a running server, for that admin's workspace. " +
		"rotate --master works beside a running server too: the server finds the new key in the file within a minute and wraps the data keys under it."
}

// keysAt says where the keys are.
type keysAt struct {
	Data   string `placeholder:"DIR" help:"The data folder. Defaults to APIQ_DATA."`
	Server string `placeholder:"URL" help:"A running server, in place of a data folder."`
	Token  string `env:"APIQ_TOKEN" help:"A token of an admin, for --server."`
}

// remote is the client of --server.
func (a keysAt) remote() (*client, error) {
	u, err := url.Parse(a.Server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%w: --server takes the address of a server, such as http://127.0.0.1:8080", errUsage)
	}
	if a.Token == "" {
		return nil, fmt.Errorf("%w: --server needs the token of an admin: set APIQ_TOKEN", errUsage)
	}
	c := newClient(strings.TrimSuffix(a.Server, "/"))
	c.session.Token = a.Token
	return c, nil
}

// open opens the data folder, which no server may have.
func (a keysAt) open(ctx context.Context) (*home, error) {
	data, err := dataFolder(a.Data)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(data, backup.TableName)); err != nil {
		return nil, fmt.Errorf("there is no data folder at %s: name it with --data or APIQ_DATA: %w", data, err)
	}
	c, err := boot.Load(nil)
	if err != nil {
		return nil, err
	}
	c.Data = data
	h, err := openHome(ctx, c, slog.New(slog.NewTextHandler(io.Discard, nil)), func(context.Context, *home) {})
	var locked *sqlite.LockedError
	if errors.As(err, &locked) {
		return nil, fmt.Errorf("%w; or speak to the running server: --server URL with APIQ_TOKEN set", err)
	}
	return h, err
}

type keysStatusCmd struct{ keysAt }

// Run tells.
func (c keysStatusCmd) Run(ctx context.Context, s streams) (err error) {
	if c.Server != "" {
		r, err := c.remote()
		if err != nil {
			return err
		}
		var status upkeep.KeyStatus
		if err := r.get(ctx, "/api/admin/keys", &status); err != nil {
			return err
		}
		tellKeys(s.out, "your workspace", status)
		return nil
	}
	h, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	prints := h.wrap.Prints()
	fmt.Fprintf(s.out, "master key %s", prints[len(prints)-1])
	if older := prints[:len(prints)-1]; len(older) > 0 {
		fmt.Fprintf(s.out, ", older ones in the file: %s", strings.Join(older, ", "))
	}
	fmt.Fprintln(s.out)
	return h.inWorkspaces(ctx, func(ctx context.Context, workspace string) error {
		status, err := h.rotation.Status(ctx)
		if err == nil && len(status.Keys) > 0 {
			tellKeys(s.out, workspace, status)
		}
		return err
	})
}

// inWorkspaces does something in the system records and in every workspace.
func (h *home) inWorkspaces(ctx context.Context, do func(ctx context.Context, workspace string) error) error {
	ids := []string{tenant.System}
	all := identity.NewDirectory(h.store)
	for {
		for _, id := range ids {
			if err := do(tenant.WithActor(tenant.With(ctx, id), tenant.Actor{ID: "system"}), id); err != nil {
				return fmt.Errorf("%s: %w", id, err)
			}
		}
		last := ids[len(ids)-1]
		if last == tenant.System {
			last = ""
		}
		var err error
		if ids, _, err = all.Workspaces(ctx, last, 100); err != nil || len(ids) == 0 {
			return err
		}
	}
}

func tellKeys(w io.Writer, workspace string, s upkeep.KeyStatus) {
	fmt.Fprintf(w, "%s\n", workspace)
	for _, k := range s.Keys {
		state := "current"
		if !k.Current {
			state = "replaced " + k.ReplacedAt.Format(time.DateTime)
		}
		values := "not counted yet"
		if k.Values != nil {
			values = fmt.Sprintf("%d values", *k.Values)
		}
		fmt.Fprintf(w, "  data key %s: %s, made %s (%d days old), %s, under master key %s\n", k.ID, state, k.CreatedAt.Format(time.DateTime), k.AgeDays, values, k.Master)
	}
	if s.Sweep != nil {
		fmt.Fprintf(w, "  sweep: %s, %d values sealed anew, %d old keys removed\n", s.Sweep.State, s.Sweep.Resealed, s.Sweep.Retired)
	}
}

type keysRotateCmd struct {
	keysAt
	Master bool `help:"Put a new master key into the key file and wrap the data keys under it. The data keys stay as they are."`
}

// Run rotates.
func (c keysRotateCmd) Run(ctx context.Context, s streams) (err error) {
	if c.Master {
		return c.master(ctx, s)
	}
	if c.Server != "" {
		r, err := c.remote()
		if err != nil {
			return err
		}
		var status upkeep.KeyStatus
		if err := r.post(ctx, "/api/admin/keys/rotate", struct{}{}, &status); err != nil {
			return err
		}
		tellKeys(s.out, "your workspace", status)
		return nil
	}
	h, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	workspaces, values := 0, 0
	err = h.inWorkspaces(ctx, func(ctx context.Context, workspace string) error {
		status, err := h.rotation.Status(ctx)
		if err != nil || len(status.Keys) == 0 {
			return err // nothing is sealed there
		}
		if _, err := h.rotation.Renew(ctx); err != nil {
			return err
		}
		done, err := h.rotation.Run(ctx, workspace)
		workspaces, values = workspaces+1, values+done.Resealed
		return err
	})
	fmt.Fprintf(s.out, "%d workspaces have a new data key; %d values are sealed anew under them.\n", workspaces, values)
	return err
}

// master gives the file a new key; beside a running server that one does the rest.
func (c keysRotateCmd) master(ctx context.Context, s streams) (err error) {
	if c.Server != "" {
		return fmt.Errorf("%w: the master key is in the data folder: run this where the folder is, without --server", errUsage)
	}
	data, err := dataFolder(c.Data)
	if err != nil {
		return err
	}
	path := filepath.Join(data, backup.KeyName)
	print, err := keyfile.Rotate(path)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s has a new master key, %s; older ones stay in it. Copy the file to where you keep it: what is sealed from now on needs it.\n", path, print)
	h, err := c.open(ctx)
	var locked *sqlite.LockedError
	if errors.As(err, &locked) {
		fmt.Fprintln(s.out, "A server runs on the folder: it wraps the data keys under the new key within a minute.")
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	n, err := h.rotation.Follow(ctx)
	fmt.Fprintf(s.out, "%d data keys are wrapped under it.\n", n)
	return err
}

type keysPruneCmd struct {
	Data string `placeholder:"DIR" help:"The data folder. Defaults to APIQ_DATA."`
}

// Run removes what nothing needs. Backups made before need the older keys: a copy of
// the file from then opens them.
func (c keysPruneCmd) Run(ctx context.Context, s streams) (err error) {
	h, err := keysAt{Data: c.Data}.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	left, err := h.rotation.BehindEverywhere(ctx)
	if err != nil {
		return err
	}
	if left > 0 {
		return fmt.Errorf("%d data keys are wrapped under older master keys still: start the server for a minute, or run apiq keys rotate --master", left)
	}
	n, err := keyfile.Prune(filepath.Join(h.config.Data, backup.KeyName))
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d older master keys are removed. Backups made before need a copy of the key file from before.\n", n)
	return nil
}
