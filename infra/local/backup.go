package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/apiq/apiq/shared/backup"
	"github.com/apiq/apiq/shared/blob/dir"
	"github.com/apiq/apiq/shared/boot"
	"github.com/apiq/apiq/shared/secret/keyfile"
	"github.com/apiq/apiq/shared/table/sqlite"
)

type backupCmd struct {
	Write  backupWriteCmd  `cmd:"" default:"withargs" help:"Write a backup. This is what apiq backup FILE does."`
	Verify backupVerifyCmd `cmd:"" help:"Read a whole backup and say whether it is as it was written."`
}

// Help says what is in a backup and what is not.
func (backupCmd) Help() string {
	return "apiq backup FILE [--data DIR] [--with-key] writes a backup; apiq backup verify FILE reads one.\n\n" +
		"A backup is one tar file: the records as of one moment, the documents and bodies they name, and a manifest with the SHA-256 of each. The server may run; nobody waits for " +
		"the backup. Credentials in it are sealed under the master key, which is left out unless --with-key is given: keep a copy of master.key apart from the backups, since without it " +
		"nobody can open the credentials or start the restored folder. All else in a backup - workflows, inputs, masked answers, people's e-mail addresses - is not sealed: the file is " +
		"readable by its owner only, and should stay so."
}

type backupWriteCmd struct {
	File    string `arg:"" help:"The file to write; it must not be there yet."`
	Data    string `placeholder:"DIR" help:"The data folder. Defaults to APIQ_DATA."`
	WithKey bool   `help:"Put the master key in too. Whoever has such a file has every credential in it: keep it as you keep the key."`
}

// Run writes the backup of a data folder that may be in use.
func (c backupWriteCmd) Run(ctx context.Context, s streams) (err error) {
	data, err := dataFolder(c.Data)
	if err != nil {
		return err
	}
	table := filepath.Join(data, backup.TableName)
	if _, err := os.Stat(table); err != nil {
		return fmt.Errorf("there is no data folder at %s: name it with --data or APIQ_DATA: %w", data, err)
	}
	src := backup.Source{Program: version, Table: func(ctx context.Context, to string) error { return sqlite.Backup(ctx, table, to) }}
	if src.Key, src.KeyPrint, err = readKey(filepath.Join(data, backup.KeyName)); err != nil {
		return err
	}
	defer clear(src.Key)
	switch {
	case src.Key == nil && c.WithKey:
		return fmt.Errorf("%s has no %s to put in", data, backup.KeyName)
	case !c.WithKey:
		src.Key = nil
	}
	objects, err := dir.Open(filepath.Join(data, backup.BlobsName), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, objects.Close()) }()
	src.Blobs = objects
	p, stop := tell(s.err, "backup")
	defer stop()
	sum, err := backup.Write(ctx, c.File, src, &backup.Options{Progress: p})
	if err != nil {
		return err
	}
	stop()
	fmt.Fprintf(s.out, "%s: %s\n", c.File, inWords(sum))
	if sum.WithKey {
		fmt.Fprintln(s.out, "It holds the master key: whoever has this file has every credential in it.")
		return nil
	}
	fmt.Fprintf(s.out, "The master key is not in it. Keep a copy of %s apart: without it the backup's credentials cannot be opened.\n", filepath.Join(data, backup.KeyName))
	return nil
}

// readKey gives the key file's content and fingerprint, nothing where there is none.
func readKey(path string) (key []byte, print string, err error) {
	w, err := keyfile.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	key, err = os.ReadFile(path)
	return key, w.Print(), err
}

// dataFolder is the one that a flag names, or the environment.
func dataFolder(flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	c, err := boot.Load(nil)
	return c.Data, err
}

type backupVerifyCmd struct {
	File string `arg:"" help:"The backup."`
}

// Run reads all of it.
func (c backupVerifyCmd) Run(ctx context.Context, s streams) error {
	p, stop := tell(s.err, "verify")
	defer stop()
	sum, err := backup.Verify(ctx, c.File, &backup.Options{Progress: p})
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	stop()
	fmt.Fprintf(s.out, "%s is whole: %s\n", c.File, inWords(sum))
	return nil
}

// inWords tells what a backup holds.
func inWords(sum backup.Summary) string {
	key := "without the master key"
	if sum.WithKey {
		key = "with the master key"
	}
	if sum.KeyPrint != "" {
		key += " (fingerprint " + sum.KeyPrint + ")"
	}
	return fmt.Sprintf("%d bytes, a table of %d and %d objects, of %s by apiq %s, %s.",
		sum.Bytes, sum.Table, sum.Objects, sum.CreatedAt.Format("2006-01-02 15:04:05 UTC"), sum.Program, key)
}
