package connection

import (
	"context"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/report"
)

// Reports makes and keeps the validation reports of documents.
type Reports interface {
	// Want has a report made, behind everything else; it returns at once.
	Want(ctx context.Context, hash string)
	// Get is the report as it stands.
	Get(ctx context.Context, hash string) (report.Report, error)
}

// noReports is told where nobody makes them.
const noReports = "This home makes no validation reports; apiq spec inspect --lint makes one of any document."

// GetReported is Get as people see it, with how the validation report of the document
// stands.
func (s *Service) GetReported(ctx context.Context, conID string) (Connection, error) {
	c, err := s.Get(ctx, conID)
	c = c.told(ctx)
	if err != nil || c.SpecHash == "" {
		return c, err
	}
	r, err := s.reportOf(ctx, c)
	if err != nil {
		// The report is beside the point of a connection: it is asked for again.
		s.o.Log.WarnContext(ctx, "validation report not read", "connection", conID, "cause", err)
		r.Summary = report.Summary{State: report.Pending}
	}
	c.Report = &r.Summary
	return c, nil
}

func (s *Service) reportOf(ctx context.Context, c Connection) (report.Report, error) {
	switch {
	case s.o.Reports == nil:
		return report.Report{Summary: report.Summary{State: report.Unavailable, Reason: noReports}}, nil
	case c.SpecHash == "":
		return report.Report{Summary: report.Summary{State: report.Unavailable, Reason: "There is no document."}}, nil
	}
	return s.o.Reports.Get(ctx, c.SpecHash)
}

// Findings returns a page of what the validation report of a connection's
// document says, and the cursor of the next; none while there is no report.
// Errors: NOT_FOUND, VALIDATION_FAILED for the cursor.
func (s *Service) Findings(ctx context.Context, conID string, limit int, cursor string) ([]spec.Warning, string, error) {
	c, err := s.Get(ctx, conID)
	if err != nil {
		return nil, "", err
	}
	limit = min(max(limit, 1), 100)
	offset, err := decodeOffset(cursor, c.SpecHash, "report")
	if err != nil {
		return nil, "", err
	}
	r, err := s.reportOf(ctx, c)
	if err != nil {
		return nil, "", err
	}
	from, to := min(offset, len(r.Findings)), min(offset+limit, len(r.Findings))
	page := append([]spec.Warning{}, r.Findings[from:to]...)
	if to == len(r.Findings) {
		return page, "", nil
	}
	return page, encodeOffset(to, c.SpecHash, "report"), nil
}

// wantReport asks for the report of a document that was just taken over.
func (s *Service) wantReport(ctx context.Context, c *stored) {
	if s.o.Reports != nil && c.SpecHash != "" && c.Status == StatusActive {
		s.o.Reports.Want(ctx, c.SpecHash)
	}
}
