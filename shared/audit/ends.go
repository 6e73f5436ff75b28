package audit

import "context"

// End is where one chain of a workspace's trail ends.
type End struct {
	Shard   int    `json:"shard"`
	Records int64  `json:"records"`
	Hash    string `json:"hash"`
}

// Ends tells where the chains of the workspace in the context end: a copy that ends
// there is whole. Chains that were never begun have none.
func (t *Trail) Ends(ctx context.Context) ([]End, error) {
	ends := []End{}
	for shard := range shards {
		h, _, err := t.head(ctx, shard)
		if err != nil {
			return nil, err
		}
		if h.Seq > 0 {
			ends = append(ends, End{shard, h.Seq, h.Hash})
		}
	}
	return ends, nil
}
