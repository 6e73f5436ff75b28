// Package trigger owns what starts runs without a person: clocks, webhooks,
// events. It interprets no workflow and starts no run by itself (a Launcher
// does), keeps no time (a Scheduler does) and carries no event (a Bus does).
//
// What is kept, inside the workspace:
//
//	TRG             / <id>         the trigger
//	TRGSECRET       / <id>         the sealed secret of a webhook
//	TRGSTATE        / <id>         how it last went
//	TRGEVT#<event>  / <id>         who listens to an event
//	TRGDLV#<id>     / <digest>     a delivery: one for each trigger and event id
//	EVT             / <digest>     an event until the bus has it
//
// and among the system records
//
//	TRGHOOK / <id>                 the workspace of a webhook
//	TRGDUE  / <kind>#<ws>#<id>     what is promised and not yet done: see Resume
//
// A delivery's states:
//
//	(webhook) received → started | refused
//	(others)             started | refused | skipped
//
// It is written in the transaction that starts its run: an event that comes twice
// finds it there, and a crash leaves either both or neither.
package trigger
