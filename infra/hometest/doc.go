// Package hometest is the end-to-end suite of a home, written against HTTP alone:
// every home passes it. It knows the contract (the route table, the error codes)
// and nothing of how a home is made, and it brings its own people, documents and
// peers: no test depends on being alone in a home, or on what a new workspace has.
//
// A home takes part by a Harness:
//
//	func TestParity(t *testing.T) {
//		hometest.Run(t, hometest.Harness{Start: start})
//	}
package hometest
