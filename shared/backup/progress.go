package backup

import "sync/atomic"

// Progress is how far a backup or a restore has come. The zero value is ready; it
// may be read while the work goes on.
type Progress struct {
	stage atomic.Value
	files atomic.Int64
	bytes atomic.Int64
}

func (p *Progress) begin(stage string) {
	if p != nil {
		p.stage.Store(stage)
	}
}

// restart begins what goes through all files again.
func (p *Progress) restart(stage string) {
	if p != nil {
		p.files.Store(0)
		p.bytes.Store(0)
	}
	p.begin(stage)
}

func (p *Progress) add(files, bytes int64) {
	if p != nil {
		p.files.Add(files)
		p.bytes.Add(bytes)
	}
}

// Now tells what is being done, and how many files and bytes are done.
func (p *Progress) Now() (stage string, files, bytes int64) {
	stage, _ = p.stage.Load().(string)
	return stage, p.files.Load(), p.bytes.Load()
}

// counted adds to the progress what passes through it.
type counted struct{ p *Progress }

func (c counted) Write(b []byte) (int, error) {
	c.p.add(0, int64(len(b)))
	return len(b), nil
}
