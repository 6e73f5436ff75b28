// Command net shows what becomes of runs when networks and servers misbehave. It
// starts the product as a process of its own (apiq serve), connects APIs of which
// every server or way to a server has one fault, and starts runs that call them
// once for each effect class, over HTTP as any client would.
//
// Of every run it asks: did it end, or does it wait for a person, as the fault and
// the class say it must; did each call end within its bound; did no more reach the
// server than the journal tells; had keyed and idempotent steps their effect once,
// and unsafe ones once or shown as unknown. Of the process: how much memory it took.
//
// Servers listen on loopback, and are gone when it ends. It is a module of its own,
// so that nobody who builds the product downloads toxiproxy.
package main
