package connection

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"github.com/apiq/apiq/shared/spec"
)

// maxHits is how deep a search can be paged.
const maxHits = 1000

// EndpointHit is an operation of a listing; Score is 0 where nothing was searched for.
type EndpointHit struct {
	spec.Summary
	Score float64 `json:"score,omitempty"`
}

// Endpoints returns a page of a connection's operations: all in document order,
// or those that fit q, best first, and the cursor of the next page. Errors:
// NOT_FOUND, CONFLICT without a document, VALIDATION_FAILED for the cursor.
func (s *Service) Endpoints(ctx context.Context, conID, q string, limit int, cursor string) ([]EndpointHit, string, error) {
	c, doc, err := s.Document(ctx, conID)
	if err != nil {
		return nil, "", err
	}
	limit = min(max(limit, 1), 100)
	offset, err := decodeOffset(cursor, c.SpecHash, q)
	if err != nil {
		return nil, "", err
	}
	all := doc.Len()
	var page []EndpointHit
	if q == "" {
		list := doc.Summaries()
		for _, sum := range list[min(offset, len(list)):min(offset+limit, len(list))] {
			page = append(page, EndpointHit{Summary: sum})
		}
	} else {
		found := spec.NewSearcher(spec.SearchDoc{Key: conID, Doc: doc}).Search(q, min(offset+limit+1, maxHits))
		all = len(found)
		for _, h := range found[min(offset, all):min(offset+limit, all)] {
			page = append(page, EndpointHit{Summary: h.Summary, Score: h.Score})
		}
	}
	if page == nil {
		page = []EndpointHit{}
	}
	if offset+limit >= all {
		return page, "", nil
	}
	return page, encodeOffset(offset+limit, c.SpecHash, q), nil
}

// A cursor is an offset, bound to the document and the query: both give the same
// order each time.
func encodeOffset(offset int, hash, q string) string {
	raw := binary.BigEndian.AppendUint32(nil, uint32(offset))
	sum := sha256.Sum256([]byte(hash + "\x00" + q))
	return base64.RawURLEncoding.EncodeToString(append(raw, sum[:8]...))
}

func decodeOffset(cursor, hash, q string) (int, error) {
	if cursor == "" {
		return 0, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) != 12 {
		return 0, badCursor(err)
	}
	offset := int(binary.BigEndian.Uint32(raw))
	if offset > 1<<24 || encodeOffset(offset, hash, q) != cursor {
		return 0, badCursor(nil)
	}
	return offset, nil
}
