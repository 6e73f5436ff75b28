package twin

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/spectest"
)

// TestCorpusAnswersFit makes the success answer of every operation of the real
// documents: it fits the document, or the twin says that it has none.
func TestCorpusAnswersFit(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("corpus left out: DATA is not set")
	}
	files, err := filepath.Glob(filepath.Join(data, "specs", "*.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents under %s: %v", data, err)
	}
	var fits, none, unchecked, bodiless, invalid int
	for _, file := range files {
		doc := spectest.Open(t, file)
		tw, err := New(doc, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range tw.routes {
			a := tw.give(r.op, tw.shaped(r.op, nil))
			schema := answerSchema(r.op)
			if schema == nil || a.status == 204 {
				bodiless++
				continue
			}
			problems, checked := doc.ValidateAs(spec.Answered, schema, json.RawMessage(a.body))
			switch {
			case a.status == 501:
				none++
				t.Logf("%s %s: %.300s", filepath.Base(file), r.op.ID, a.body)
			case !checked:
				unchecked++
				t.Logf("%s %s: unchecked", filepath.Base(file), r.op.ID)
			case len(problems) > 0:
				invalid++
				t.Errorf("%s %s: %d %v", filepath.Base(file), r.op.ID, a.status, problems[0])
			default:
				fits++
			}
		}
	}
	t.Logf("%d answers fit, %d operations have none that does, %d are unchecked; %d invalid; %d operations answer without JSON", fits, none, unchecked, invalid, bodiless)
	if total := fits + none + unchecked + invalid; fits*1000 < total*995 {
		t.Errorf("%d of %d answers fit", fits, total)
	}
}
