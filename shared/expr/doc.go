// Package expr owns JSONata as APIQ uses it: compiling an expression once,
// telling which names and paths it reads, and evaluating it within a budget of
// time, steps, depth and size. It adds the functions that Step Functions adds and
// refuses $eval. It never touches the network, the disk or a workflow.
//
// Values. Eval takes plain Go values (nil for JSON null, map[string]any, []any,
// string, bool, numbers), json.RawMessage, or what Decode returned. It returns
// values of the same domain as Decode: objects keep their key order and are
// opaque, null is told by IsNull, nothing at all is Undefined. Use Encode for JSON
// and Plain for ordinary Go values.
package expr
