// Package schema is the DynamoDB table's shape as pure data: what the driver
// writes, what CDK deploys and what tests create are one. It imports nothing.
package schema

// Attributes of an item. Their names count towards its size, so they are short.
const (
	PK      = "pk"  // string: partition key, tenant-prefixed
	SK      = "sk"  // string: sort key
	Data    = "d"   // string: the owner's JSON document, byte for byte
	Version = "v"   // number: raised by each put
	Writer  = "w"   // binary: id of the request that wrote the item last
	TTL     = "ttl" // number: seconds since 1970; the table's time-to-live attribute
)

// Index is a sparse global secondary index: an item without its keys is not in it.
type Index struct {
	Name string
	PK   string // attribute of the partition key, a string
	SK   string // attribute of the sort key, a string
}

// Projection of every index. With ALL, each write of an item pays its whole size
// again for each index it is in; with keys only, a write that leaves the index
// keys alone pays nothing, and a reader fetches the items by their keys.
//
// In us-east-1 (Amazon DynamoDB pricing, on demand: $0.625 a million write
// units, $0.125 a million read units) a record of 2 KB that is written six times
// costs $7.50 a million records more under ALL, and $0.03 less each time that a
// million records are listed: about 230 listings of each record would have to
// follow. Ours are listed a few times. Fewer index writes also mean that a hot
// index holds up base writes less.
const Projection = "KEYS_ONLY"

// Indexes are the table's, in the order of the port's names.
func Indexes() []Index {
	return []Index{
		{Name: "gsi1", PK: "i1pk", SK: "i1sk"},
		{Name: "gsi2", PK: "i2pk", SK: "i2sk"},
		{Name: "gsi3", PK: "i3pk", SK: "i3sk"},
	}
}
