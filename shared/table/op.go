package table

// OpKind says what an operation does.
type OpKind int

// The operations of a transaction or batch.
const (
	OpPut OpKind = iota
	OpDelete
	OpCheck
)

// Op is one operation. For deletes and checks only the item's key counts.
type Op struct {
	Kind OpKind
	Item Item
	If   Condition
	// Global moves this one operation to the system records (tenant.System), so
	// that a session or a membership can be written in one transaction with its
	// workspace's audit record. An operation can name no other tenant.
	Global bool
}

// Global marks an operation for the system records.
func Global(op Op) Op {
	op.Global = true
	return op
}

// Put writes the whole item.
func Put(item Item, cond Condition) Op { return Op{Kind: OpPut, Item: item, If: cond} }

// Delete removes the item; where there is none, Always is no error.
func Delete(key Key, cond Condition) Op {
	return Op{Kind: OpDelete, Item: Item{Key: key}, If: cond}
}

// Check writes nothing: it only makes its transaction depend on the condition.
func Check(key Key, cond Condition) Op {
	return Op{Kind: OpCheck, Item: Item{Key: key}, If: cond}
}
