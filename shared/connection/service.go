package connection

import (
	"context"
	"log/slog"
	"net/url"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/quota"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/table"
)

// Library is the part of the document library that connections need.
type Library interface {
	Fetch(ctx context.Context, req library.Request) (library.Result, error)
	Add(ctx context.Context, raw []byte) (library.Result, error)
	Stash(ctx context.Context, raw []byte) (hash string, err error)
	AddStashed(ctx context.Context, hash string) (library.Result, error)
	Open(ctx context.Context, hash string) (*spec.Document, error)
	// Operation opens a document for one operation, of which it reads little else.
	Operation(ctx context.Context, hash, id string) (*spec.Document, *spec.Operation, error)
	Large(bytes int64) bool
}

// Guard judges URLs; a refusal is EGRESS_BLOCKED.
type Guard interface {
	CheckURL(u *url.URL) error
}

// Trail is the part of the audit trail that connections write to.
type Trail interface {
	Commit(ctx context.Context, ops []table.Op, e audit.Entry) error
	Note(ctx context.Context, e audit.Entry) error
}

// WorkflowUse tells which active workflows call a connection.
type WorkflowUse interface {
	UsingConnection(ctx context.Context, connectionID string) ([]WorkflowRef, error)
}

// WorkflowRef names a workflow and the operations of the connection that it calls. One
// that is hidden from who asks has neither id nor name.
type WorkflowRef struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Operations []string `json:"operations,omitempty"`
	// Open: every member sees it.
	Open bool `json:"-"`
}

// Options of a Service.
type Options struct {
	// Workflows tells who uses a connection. Defaults to nobody.
	Workflows WorkflowUse
	// Members knows whom a connection can be shared with. It may be nil where nobody
	// shares one.
	Members access.Members
	// Impact tells which steps a changed document breaks. Defaults to nobody: none
	// is named.
	Impact Impact
	// Reports makes validation reports. Defaults to nobody: they are unavailable.
	Reports Reports
	// Announcer is told of changed documents. Defaults to nil: nobody is.
	Announcer Announcer
	// Room bounds how many connections a workspace may have. Defaults to nil: there is
	// always room.
	Room *quota.Room
	// Imports is how many large documents are imported at once. Defaults to 2.
	Imports int
	// Background has an import of a large document done elsewhere, by ImportNow.
	// It may be called again for the same job, whose Name says so, and its error
	// loses nothing: ResumeImports hands over again. Defaults to a goroutine of
	// this process.
	Background func(ctx context.Context, job ImportJob) error
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Log receives causes that no answer holds. Defaults to slog.Default().
	Log *slog.Logger
}

// Service is the connections of all workspaces, kept apart by the one in the
// context. It is safe for concurrent use.
type Service struct {
	table   *table.Store
	trail   Trail
	sealer  secret.Sealer
	library Library
	guard   Guard
	o       Options

	slots   chan struct{} // imports that run
	running importSet
	used    *lru.Cache[string, use] // as last noted
	// accounted are uses of credentials that are known to have their record: only a
	// read less for each step, the table decides.
	accounted *lru.Cache[string, struct{}]
	tokens    map[AuthType]Tokens

	// life ends the imports under way when the service is closed.
	life context.Context
	end  context.CancelFunc
	busy sync.WaitGroup
}

// New makes a Service. Close it before its stores and the library.
func New(store *table.Store, trail Trail, sealer secret.Sealer, lib Library, guard Guard, opts *Options) *Service {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if o.Imports <= 0 {
		o.Imports = 2
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Service{table: store, trail: trail, sealer: sealer, library: lib, guard: guard, o: o,
		slots: make(chan struct{}, o.Imports), running: importSet{ids: map[string]bool{}}, tokens: map[AuthType]Tokens{}}
	s.used, _ = lru.New[string, use](maxUsed) // fails for size ≤ 0 only
	s.accounted, _ = lru.New[string, struct{}](maxUsed)
	s.life, s.end = context.WithCancel(context.Background())
	return s
}

// Close ends the imports under way, which ResumeImports takes up again at the
// next start, and waits for them.
func (s *Service) Close() {
	s.end()
	s.busy.Wait()
}

// usedBy lists the active workflows that call a connection.
func (s *Service) usedBy(ctx context.Context, id string) ([]WorkflowRef, error) {
	if s.o.Workflows == nil {
		return nil, nil
	}
	return s.o.Workflows.UsingConnection(ctx, id)
}
