package twin

// Again is a twin of the same document and options in which nothing has happened
// yet. It costs little: what was read of the document is shared.
func (t *Twin) Again() *Twin {
	return &Twin{doc: t.doc, routes: t.routes, opts: t.opts, collections: map[string]*collection{}, singles: map[string]any{},
		hopeless: map[string]bool{}, keys: map[string]answer{}}
}
