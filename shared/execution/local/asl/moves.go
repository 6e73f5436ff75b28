package asl

import "time"

// Moves lists the steps that could be taken now, in no order.
func (r *Run) Moves(now time.Time) []Move {
	var out []Move
	if r.status != Running {
		return out
	}
	for _, t := range r.threads {
		if t.canMove(now) {
			out = append(out, t.moves()...)
		}
	}
	return out
}

func (t *thread) moves() []Move {
	m := Move{Thread: t.id}
	switch t.phase {
	case phaseReady:
		m.Event, m.Name = t.flow.states[t.next].kind+"StateEntered", t.next
	case phaseEntered, phaseRetrying:
		switch t.state.kind {
		case "Task":
			m.Event = t.state.resource.family + "Scheduled"
		case "Map", "Parallel":
			m.Event = t.state.kind + "StateStarted"
		default:
			m.Event, m.Name = t.state.kind+"StateExited", t.state.name
		}
	case phaseWaiting, phaseSettled:
		m.Event, m.Name = t.state.kind+"StateExited", t.state.name
	case phaseChildren:
		return t.childMoves()
	case phaseDone:
		m.Event = "ExecutionSucceeded"
	}
	return []Move{m}
}

func (t *thread) childMoves() []Move {
	if t.state.kind == "Parallel" {
		return []Move{{Thread: t.id, Event: "ParallelStateSucceeded"}}
	}
	var out []Move
	for _, k := range t.kids {
		if k.over() && !k.accounted {
			out = append(out, Move{Thread: t.id, Event: "MapIterationSucceeded", Index: k.index})
			break
		}
	}
	if t.canBegin() {
		out = append(out, Move{Thread: t.id, Event: "MapIterationStarted", Index: len(t.kids)})
	}
	if len(out) == 0 {
		out = append(out, Move{Thread: t.id, Event: "MapStateSucceeded"})
	}
	return out
}

// Move is a step that could be taken: a thread's, and the kind of event and the
// name or index in it that would come of it, where that can be told.
type Move struct {
	Thread string
	Event  string
	Name   string
	Index  int
}
