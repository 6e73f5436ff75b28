package call

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	"github.com/apiq/apiq/shared/call/request"
	"github.com/apiq/apiq/shared/call/sign"
	"github.com/apiq/apiq/shared/effect"
)

// idempotencyKey is the same for every attempt of one step in one run, and for
// nothing else. It looks like a UUID (version 8, RFC 9562) because some APIs
// take no other form.
func idempotencyKey(execution, path string, page int) string {
	h := sha256.New()
	for _, part := range []string{"apiq idempotency key", execution, path, fmt.Sprint(page)} {
		_ = binary.Write(h, binary.BigEndian, uint64(len(part))) // a hash never fails
		h.Write([]byte(part))
	}
	b := h.Sum(nil)[:16]
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// class is the effect class of the operation, on this connection.
func (t *target) class() effect.Class { return effect.Of(t.op, t.conn.Settings.KeyHeader()) }

// bindKey gives the key's parameter its value before the request is built, where
// the operation declares one and the step does not bind it itself.
func (t *target) bindKey(in request.Input, key string) request.Input {
	name, place, ok := effect.KeyParameter(in.Operation, t.conn.Settings.KeyHeader())
	if !ok || key == "" {
		return in
	}
	for _, p := range in.Operation.Parameters {
		if p.Name != name || p.In != place {
			continue
		}
		for _, given := range []string{name, place + "." + name} {
			if _, has := in.Parameters[given]; has {
				return in
			}
		}
		in.Parameters = maps.Clone(in.Parameters)
		if in.Parameters == nil {
			in.Parameters = map[string]json.RawMessage{}
		}
		in.Parameters[place+"."+name] = json.RawMessage(`"` + key + `"`)
	}
	return in
}

// setKey adds the key to a built request where the operation takes one without
// declaring a parameter for it.
func (t *target) setKey(req *http.Request, key string) {
	name, place, ok := effect.KeyParameter(t.op, t.conn.Settings.KeyHeader())
	switch {
	case !ok || key == "":
	case place == "query":
		if !req.URL.Query().Has(name) {
			req.URL.RawQuery = sign.SetQuery(req.URL.RawQuery, name, key)
		}
	case req.Header.Get(name) == "":
		req.Header.Set(name, key)
	}
}
