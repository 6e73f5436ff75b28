package main

import (
	"encoding/json"
	"errors"
	"os"
)

// lineFile is a file of JSON values, a line each. It is made with the first of them,
// and holds each when write returns. Without a name nothing is written.
type lineFile struct {
	name string
	file *os.File
}

func (l *lineFile) write(v any) (err error) {
	if l.name == "" {
		return nil
	}
	if l.file == nil {
		if l.file, err = os.Create(l.name); err != nil {
			return err
		}
	}
	return json.NewEncoder(l.file).Encode(v)
}

func (l *lineFile) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// writeLines writes values as JSON, a line each.
func writeLines[T any](file string, values []T) (err error) {
	l := lineFile{name: file}
	defer func() { err = errors.Join(err, l.close()) }()
	for _, v := range values {
		if err := l.write(v); err != nil {
			return err
		}
	}
	return nil
}
