package main

import (
	"bytes"
	"encoding/json"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// toxic is what toxiproxy does to the bytes of a direction.
type toxic struct {
	Type       string  `json:"type"`
	Stream     string  `json:"stream"`
	Toxicity   float32 `json:"toxicity"` // the share of connections that have it
	Attributes obj     `json:"attributes"`
}

const up, down = "upstream", "downstream"

func poison(kind, stream string, attributes obj) toxic {
	return toxic{Type: kind, Stream: stream, Toxicity: 1, Attributes: attributes}
}

// way is how the server behind toxics can be reached at all.
type way int

const (
	open        way = iota
	shut            // nobody listens
	shutAtFirst     // nobody listens until openAfter has gone by
	empty           // somebody listens, but has nobody behind
	full            // nobody takes connections
)

const openAfter = 2 * time.Second

// newProxy puts toxics before a server. Toxics stay as long as their proxy: toxiproxy
// can wait for ever for a connection to let go of one.
func newProxy(listen, upstream string, toxics ...toxic) (*toxiproxy.Proxy, error) {
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := toxiproxy.NewProxy(server, "chaos", listen, upstream)
	for _, t := range toxics {
		if err := add(p, t); err != nil {
			return nil, err
		}
	}
	return p, p.Start()
}

func add(p *toxiproxy.Proxy, t toxic) error {
	raw, err := json.Marshal(t)
	if err != nil {
		return err
	}
	_, err = p.Toxics.AddToxicJson(bytes.NewReader(raw))
	return err
}

// ways are the faults between the product and a good server.
func ways() []row {
	cut, late := apart(network, unknown), apart(timedOut, unknown)
	both := func(name string, ends ends, kind string, attributes obj) []row {
		var rows []row
		for _, stream := range []string{down, up} {
			rows = append(rows, row{name: name + ", " + stream, ends: ends, pad: stream == up, toxics: []toxic{poison(kind, stream, attributes)}})
		}
		return rows
	}
	rows := []row{
		{name: "none: the server itself", ends: all(completed)},
		{name: "down", ends: all(network), way: shut},
		{name: "down, up again", ends: all(completed), way: shutAtFirst, retried: true},
		{name: "up, with nobody behind", ends: cut, way: empty},
	}
	rows = append(rows, both("latency 300 ms", all(completed), "latency", obj{"latency": 300, "jitter": 100})...)
	rows = append(rows, both("latency 5 s", late, "latency", obj{"latency": 5000})...)
	rows = append(rows, both("bandwidth 1 MB/s", all(completed), "bandwidth", obj{"rate": 1000})...)
	rows = append(rows,
		row{name: "bandwidth 10 KB/s, downstream", ends: late, toxics: []toxic{poison("bandwidth", down, obj{"rate": 10})}},
		// What has no body gets through.
		row{name: "bandwidth 10 KB/s, upstream", pad: true, toxics: []toxic{poison("bandwidth", up, obj{"rate": 10})},
			ends: ends{safe: []string{completed}, repeatable: late.repeatable, unsafe: late.unsafe}})
	rows = append(rows, both("slow_close 1 s", all(completed), "slow_close", obj{"delay": 1000})...)
	rows = append(rows, both("timeout, never closed", late, "timeout", obj{"timeout": 0})...)
	rows = append(rows, both("timeout 300 ms", cut, "timeout", obj{"timeout": 300})...)
	rows = append(rows, both("reset_peer", cut, "reset_peer", obj{"timeout": 0})...)
	rows = append(rows, both("reset_peer 200 ms", cut, "reset_peer", obj{"timeout": 200})...)
	rows = append(rows, both("slicer", all(completed), "slicer", obj{"average_size": 512, "size_variation": 256, "delay": 500})...)
	rows = append(rows, both("limit_data 100 bytes", cut, "limit_data", obj{"bytes": 100})...)
	rows = append(rows, row{name: "limit_data 10 KB, downstream", ends: cut, toxics: []toxic{poison("limit_data", down, obj{"bytes": 10_000})}})
	half := poison("reset_peer", down, obj{"timeout": 0})
	half.Toxicity = 0.5
	rows = append(rows, row{name: "reset_peer on half of the connections", toxics: []toxic{half},
		ends: ends{repeatable: []string{completed, network}, unsafe: []string{completed, unknown}}})
	return rows
}
