package spec

// JSONText gives a description of any kind, JSON or YAML, as JSON text, within the
// same bounds as a document: bytes, depth, what aliases expand to. Unlike Parse it
// mends nothing, and it judges no content. Errors are Parse's.
func JSONText(raw []byte, opts *ParseOptions) ([]byte, error) {
	_, text, faults, err := toJSON(raw, opts)
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, notJSON(&faults[0].SyntaxError)
	}
	return text, nil
}
