package spec

// JSONText gives a description of any kind, JSON or YAML, as JSON text, within the
// same bounds as a document: bytes, depth, what aliases expand to. Unlike Parse it
// mends nothing, and it judges no content. Errors are Parse's.
func JSONText(raw []byte, opts *ParseOptions) ([]byte, error) {
	o := ParseOptions{}
	if opts != nil {
		o = *opts
	}
	o.MaxBytes = opts.maxBytes()
	if int64(len(raw)) > o.MaxBytes {
		return nil, tooLarge(o.MaxBytes)
	}
	format, text, err := sniff(raw)
	if err != nil {
		return nil, err
	}
	text, faults, err := toJSON(format, text, o)
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, invalid("json_syntax", "The document is not valid JSON: "+faults[0].Error()+".")
	}
	return text, nil
}
