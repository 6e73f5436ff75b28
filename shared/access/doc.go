// Package access decides what a person may do with a connection or a workflow of
// their workspace. It is the one place that does: the services of the domain ask it,
// handlers never.
//
// A resource has an owner and a Setting, stored in its own item. A Subject is whose
// rights count: who makes the request, or the owner of a workflow that is being
// started. The package reads nothing but the item that holds the setting, and changes
// nothing.
package access
