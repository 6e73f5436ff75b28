package dynamo_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	stand "github.com/apiq/apiq/infra/awstest/dynamodb"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/dynamo"
	"github.com/apiq/apiq/shared/table/dynamo/schema"
)

// TestIndexMoves: between an index's entries and their items, one is deleted and one
// moves away; neither is shown, the others are, and the cursor goes on.
func TestIndexMoves(t *testing.T) {
	t.Parallel()
	indexed := func(n int, pk string) table.Item {
		it := item("p", fmt.Sprint(n), n)
		it.Index = map[string]table.Key{table.Index1: key(pk, fmt.Sprint(n))}
		return it
	}
	var h *home
	h = newHome(t, func(target string, n int) *stand.Refusal {
		if target != "BatchGetItem" || n > 1 {
			return nil
		}
		if err := h.direct.Delete(h.ctx, key("p", "1"), table.Present()); err != nil {
			t.Error(err)
		}
		if _, err := h.direct.Put(h.ctx, indexed(2, "elsewhere"), table.Present()); err != nil {
			t.Error(err)
		}
		return nil
	})
	for n := range 5 {
		if _, err := h.direct.Put(h.ctx, indexed(n, "all"), table.Absent()); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for it, err := range h.faulty.All(h.ctx, table.Query{Index: table.Index1, PK: "all", Limit: 3}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, it.SK)
	}
	if fmt.Sprint(got) != "[0 3 4]" {
		t.Errorf("%v, want 0, 3 and 4", got)
	}
}

// partial makes DynamoDB do one item of a batch and hand the others back, as it does
// under load, or none at all.
type partial struct {
	http.RoundTripper
	none  bool
	calls atomic.Int64
}

func (p *partial) RoundTrip(r *http.Request) (*http.Response, error) {
	_, target, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if target != "BatchWriteItem" && target != "BatchGetItem" {
		return p.RoundTripper.RoundTrip(r)
	}
	p.calls.Add(1)
	var sent struct{ RequestItems map[string]json.RawMessage }
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
		return nil, err
	}
	asked, back := map[string]any{}, map[string]any{}
	for name, raw := range sent.RequestItems {
		if target == "BatchWriteItem" {
			var all []json.RawMessage
			if err := json.Unmarshal(raw, &all); err != nil {
				return nil, err
			}
			asked[name], back[name] = all[:1], all[1:]
			continue
		}
		var keys struct{ Keys []json.RawMessage }
		if err := json.Unmarshal(raw, &keys); err != nil {
			return nil, err
		}
		asked[name], back[name] = map[string]any{"Keys": keys.Keys[:1]}, map[string]any{"Keys": keys.Keys[1:]}
		if len(keys.Keys) == 1 {
			delete(back, name)
		}
	}
	left := map[string]string{"BatchWriteItem": "UnprocessedItems", "BatchGetItem": "UnprocessedKeys"}[target]
	if p.none {
		return answer(r, map[string]any{left: sent.RequestItems, "Responses": map[string]any{}})
	}
	body, err := json.Marshal(map[string]any{"RequestItems": asked})
	if err != nil {
		return nil, err
	}
	out := r.Clone(r.Context())
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res, err := p.RoundTripper.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	done := map[string]any{}
	if err := json.NewDecoder(res.Body).Decode(&done); err != nil {
		return nil, err
	}
	done[left] = back
	return answer(r, done)
}

func answer(r *http.Request, body any) (*http.Response, error) {
	raw, err := json.Marshal(body)
	return &http.Response{StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Body: io.NopCloser(bytes.NewReader(raw)), ContentLength: int64(len(raw))}, err
}

// TestUnprocessed: batches go on with what was handed back, and give up in the end.
func TestUnprocessed(t *testing.T) {
	t.Parallel()
	for _, none := range []bool{false, true} {
		t.Run(fmt.Sprintf("none %v", none), func(t *testing.T) {
			t.Parallel()
			h := newHome(t, func(string, int) *stand.Refusal { return nil })
			const n = 6
			deletes := make([]table.Op, n)
			for i := range n {
				it := item("p", fmt.Sprint(i), i)
				it.Index = map[string]table.Key{table.Index2: key("all", it.SK)}
				if _, err := h.direct.Put(h.ctx, it, table.Absent()); err != nil {
					t.Fatal(err)
				}
				deletes[i] = table.Delete(it.Key, table.Always())
			}
			cfg := stand.Config()
			slow := &partial{RoundTripper: cfg.HTTPClient.(*http.Client).Transport, none: none}
			cfg.HTTPClient = &http.Client{Transport: slow}
			store := table.New(open(t, dynamo.New(dynamo.NewClient(cfg, &h.proxy.URL), h.name, &dynamo.Options{MaxBackoff: 1e6})), nil)

			page, err := store.Query(h.ctx, table.Query{Index: table.Index2, PK: "all"})
			if reads := slow.calls.Swap(0); none && (!errors.Is(err, table.ErrThrottled) || reads != 14) || !none && (err != nil || len(page.Items) != n || reads != n) {
				t.Errorf("query: %d items in %d requests, %v", len(page.Items), reads, err)
			}
			err = store.BatchWrite(h.ctx, deletes)
			if writes := slow.calls.Load(); none && (!errors.Is(err, table.ErrThrottled) || writes != 14) || !none && (err != nil || writes != n) {
				t.Errorf("batch: %d requests, %v", writes, err)
			}
			for i := range n {
				want := int64(0)
				if none {
					want = 1
				}
				h.expect(t, fmt.Sprint(i), want, "")
			}
		})
	}
}

// TestSchema: the names of package schema are the port's.
func TestSchema(t *testing.T) {
	t.Parallel()
	want := []string{table.Index1, table.Index2, table.Index3}
	if len(schema.Indexes()) != table.MaxIndexes {
		t.Errorf("%d indexes", len(schema.Indexes()))
	}
	in := dynamo.CreateTableInput("t")
	for i, index := range schema.Indexes() {
		if index.Name != want[i] || *in.GlobalSecondaryIndexes[i].IndexName != want[i] {
			t.Errorf("index %d is %q, want %q", i, index.Name, want[i])
		}
	}
	if len(in.AttributeDefinitions) != 2+2*table.MaxIndexes {
		t.Errorf("%d attributes", len(in.AttributeDefinitions))
	}
}
