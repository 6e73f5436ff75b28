package stand

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// Meter counts what a home uses of the services that AWS charges for. The counts are
// the stand's: DynamoDB Local's capacity units, requests of each service.
type Meter struct {
	mu    sync.Mutex
	count Consumption
}

// Consumption is what was used since a Meter was last taken.
type Consumption struct {
	Functions map[string]FunctionUse
	// Requests are those that the gateway took.
	Requests              int
	ReadUnits, WriteUnits float64
	S3Puts, S3Gets        int
	KeyRequests, Events   int
	Express, LogBytes     int
}

// FunctionUse is how often a function ran and for how long in all.
type FunctionUse struct {
	Invocations int
	Took        time.Duration
	// ReadUnits and WriteUnits are its share of the table's.
	ReadUnits, WriteUnits float64
}

// Take returns what was counted, and begins anew.
func (m *Meter) Take() Consumption {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := m.count
	m.count = Consumption{}
	return out
}

func (m *Meter) add(f func(*Consumption)) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	f(&m.count)
}

func (m *Meter) ran(function string, took time.Duration) {
	m.add(func(c *Consumption) { c.use(function, FunctionUse{Invocations: 1, Took: took}) })
}

func (c *Consumption) use(function string, more FunctionUse) {
	if c.Functions == nil {
		c.Functions = map[string]FunctionUse{}
	}
	u := c.Functions[function]
	u.Invocations += more.Invocations
	u.Took += more.Took
	u.ReadUnits += more.ReadUnits
	u.WriteUnits += more.WriteUnits
	c.Functions[function] = u
}

// watch counts the requests of a service on their way.
func (m *Meter) watch(service string, who func(*http.Request) string, next http.Handler) http.Handler {
	if m == nil {
		return next
	}
	if service == "dynamodb" {
		return m.table(who, next)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		m.add(func(c *Consumption) {
			switch {
			case service == "kms":
				c.KeyRequests++
			case service == "events":
				c.Events++
			case service == "s3" && r.Method == http.MethodPut:
				c.S3Puts++
			case service == "s3" && r.Method != http.MethodDelete:
				c.S3Gets++
			case service == "states" && operation == "StartExecution":
				c.Express++
			}
		})
		next.ServeHTTP(w, r)
	})
}

// table asks for the units that each request consumes, and hides that it did.
func (m *Meter) table(who func(*http.Request) string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in map[string]json.RawMessage
		body, err := io.ReadAll(r.Body)
		if err == nil && json.Unmarshal(body, &in) == nil {
			in["ReturnConsumedCapacity"] = json.RawMessage(`"TOTAL"`)
			body, _ = json.Marshal(in) // it was JSON a moment ago
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		units := consumed(rec.Body.Bytes())
		m.add(func(c *Consumption) {
			switch operation {
			case "GetItem", "Query", "BatchGetItem", "Scan":
				c.ReadUnits += units
				c.use(who(r), FunctionUse{ReadUnits: units})
			default:
				c.WriteUnits += units
				c.use(who(r), FunctionUse{WriteUnits: units})
			}
		})
		for name, values := range rec.Header() {
			if name != "X-Amz-Crc32" { // it is of the whole body, which stays as it is
				w.Header()[name] = values
			}
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

// consumed sums the units of an answer: one record of them, or one for each table.
func consumed(raw []byte) float64 {
	type capacity struct{ CapacityUnits float64 }
	var one struct{ ConsumedCapacity capacity }
	if json.Unmarshal(raw, &one) == nil {
		return one.ConsumedCapacity.CapacityUnits
	}
	var many struct{ ConsumedCapacity []capacity }
	sum := 0.0
	if json.Unmarshal(raw, &many) == nil {
		for _, c := range many.ConsumedCapacity {
			sum += c.CapacityUnits
		}
	}
	return sum
}
