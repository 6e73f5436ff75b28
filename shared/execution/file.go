package execution

import (
	"context"
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/blob"
)

// FileFormat names the format of a File.
const FileFormat = "apiq-run/1"

// File is all that is kept of a run, as one document; secrets are masked.
type File struct {
	Format     string    `json:"format"`
	ExportedAt time.Time `json:"exportedAt"`
	Run        Detail    `json:"run"`
	// Machine is the state machine that ran.
	Machine json.RawMessage `json:"machine"`
	Log     []Event         `json:"log"`
	Bodies  []Body          `json:"bodies"`
}

// Body is an object that a request, a response or a step names by blob, for it is too
// large to stand there. What is over the bound of a file has neither Text nor Base64.
type Body struct {
	Blob   string `json:"blob"`
	Bytes  int64  `json:"bytes"`
	Text   string `json:"text,omitempty"`
	Base64 []byte `json:"base64,omitempty"`
}

const (
	// maxFileBodies bounds the bodies of a file, so that a function can answer with it.
	maxFileBodies = 2 << 20
	// maxFileBody is the largest of them that goes in.
	maxFileBody = 1 << 20
)

// File puts a run together.
func (s *Service) File(ctx context.Context, id string) (File, error) {
	run, err := s.Get(ctx, id)
	if err != nil {
		return File{}, err
	}
	p, err := s.program(ctx, id)
	if err != nil {
		return File{}, err
	}
	entries, err := s.whole(ctx, id)
	if err != nil {
		return File{}, err
	}
	f := File{Format: FileFormat, ExportedAt: s.now().UTC(), Run: run, Machine: p.Definition, Log: make([]Event, len(entries)), Bodies: []Body{}}
	for i, e := range entries {
		f.Log[i] = e.Event
	}
	left := int64(maxFileBodies)
	for info, err := range s.blobs.All(ctx, bodies+id+"/") {
		if err != nil {
			return File{}, err
		}
		b, err := s.body(ctx, info, min(left, maxFileBody))
		if err != nil {
			return File{}, err
		}
		left -= int64(len(b.Text) + len(b.Base64))
		f.Bodies = append(f.Bodies, b)
	}
	return f, nil
}

func (s *Service) body(ctx context.Context, info blob.Info, most int64) (Body, error) {
	b := Body{Blob: info.Name, Bytes: info.Size}
	if info.Size > most {
		return b, nil
	}
	data, err := s.blobs.ReadAll(ctx, info.Name, info.Size)
	if utf8.Valid(data) {
		b.Text = string(data)
	} else {
		b.Base64 = data
	}
	return b, err
}
