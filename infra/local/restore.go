package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/apiq/apiq/shared/backup"
	"github.com/apiq/apiq/shared/blob/dir"
	"github.com/apiq/apiq/shared/secret/keyfile"
	"github.com/apiq/apiq/shared/table/sqlite"
)

type restoreCmd struct {
	File     string `arg:"" help:"The backup."`
	Data     string `placeholder:"DIR" help:"The folder to make; it must be empty or not there. Defaults to APIQ_DATA."`
	Replaces string `placeholder:"DIR" help:"The data folder that this one takes the place of: what was erased from it since the backup is erased again."`
	Key      string `placeholder:"FILE" help:"The master.key that the backup's secrets are sealed under, where the backup does not hold it."`
}

// Help says what is checked, and what to see to.
func (restoreCmd) Help() string {
	return "Every byte is checked against the backup's sums before anything is put in place; then the folder appears at once, or not at all. Stop the server whose backup this is before the " +
		"restored one starts: two of them would both run the same schedules and go on with the same runs. Restore only files that you trust: a backup holds who may sign in.\n\n" +
		"A backup brings back what was erased after it was made: workspaces, and people's accounts. With --replaces the list of what was erased goes along (" + backup.GoneName + "), and the first start erases it again " +
		"before it answers anybody. Without the folder, put a copy of its list into the new one before you start it."
}

// Run makes the folder.
func (c restoreCmd) Run(ctx context.Context, s streams) error {
	data, err := dataFolder(c.Data)
	if err != nil {
		return err
	}
	p, stop := tell(s.err, "restore")
	defer stop()
	sum, err := backup.Restore(ctx, c.File, data, c.Key, backup.Home{
		Replaces:   c.Replaces,
		OpenBlobs:  func(path string) (backup.Blobs, error) { return dir.Open(path, nil) },
		CheckTable: sqlite.Check,
		KeyPrints: func(path string) ([]string, error) {
			w, err := keyfile.Open(path)
			if err != nil {
				return nil, err
			}
			return w.Prints(), nil
		},
	}, &backup.Options{Progress: p})
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	stop()
	fmt.Fprintf(s.out, "%s is restored: %s\n", data, inWords(sum))
	if c.Replaces == "" {
		fmt.Fprintf(s.out, "Nothing is known of what was erased after %s: put the %s of the folder that was used since into %s before you start, or restore with --replaces.\n", sum.CreatedAt.Format("2006-01-02 15:04:05 UTC"), backup.GoneName, data)
	}
	if !sum.WithKey && c.Key == "" {
		fmt.Fprintf(s.out, "Before it starts it needs the master key (fingerprint %s), which the backup does not hold: put it at %s, mode 0600.\n",
			sum.KeyPrint, filepath.Join(data, backup.KeyName))
	}
	return nil
}
