// Package gallery owns the templates of workflows that come with the product: their
// documents, which connections fit them, and a draft made of one. A template names
// operations of its vendor's document; that they are there is checked when it is
// used, against the document of the connection that was chosen. It ships no
// vendor's document and calls no API.
package gallery
