package states

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/execution"
)

type getHistory struct {
	ARN         string `json:"executionArn"`
	Max         int    `json:"maxResults"`
	Reverse     bool   `json:"reverseOrder"`
	Token       string `json:"nextToken"`
	IncludeData *bool  `json:"includeExecutionData"`
}

const maxEvents = 25_000

func (s *Server) getHistory(ctx context.Context, in getHistory) (any, *Error) {
	p, refused := s.standard(in.ARN)
	if refused != nil {
		return nil, refused
	}
	if in.Max < 0 || in.Max > 1000 {
		return nil, refuse("ValidationException", "Value '%d' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000", in.Max)
	}
	if in.Max == 0 {
		in.Max = 100
	}
	skip, ok := in.skip()
	if !ok {
		return nil, refuse("InvalidToken", "Invalid Token: '%s'", in.Token)
	}
	all, err := s.engine.History(p.context(ctx), p.name, 0, maxEvents)
	if err != nil && !errors.Is(err, execution.ErrNoRun) {
		return nil, internal(err)
	}
	if in.Reverse {
		slices.Reverse(all)
	}
	all = all[min(skip, len(all)):]
	out := map[string]any{}
	if len(all) > in.Max {
		all = all[:in.Max]
		out["nextToken"] = in.next(skip + in.Max)
	}
	events := make([]json.RawMessage, len(all))
	for i, e := range all {
		if events[i], err = onWire(e, in.IncludeData == nil || *in.IncludeData); err != nil {
			return nil, internal(err)
		}
	}
	out["events"] = events
	return out, nil
}

// next and skip are page tokens: of this history, in this direction.
func (in getHistory) next(skip int) string {
	return base64.URLEncoding.EncodeToString([]byte(strconv.Itoa(skip) + " " + strconv.FormatBool(in.Reverse) + " " + in.ARN))
}

func (in getHistory) skip() (int, bool) {
	if in.Token == "" {
		return 0, true
	}
	raw, err := base64.URLEncoding.DecodeString(in.Token)
	if err != nil {
		return 0, false
	}
	number, _, _ := strings.Cut(string(raw), " ")
	skip, err := strconv.Atoi(number)
	return skip, err == nil && in.next(skip) == in.Token
}

// onWire is an event as GetExecutionHistory gives it.
func onWire(e execution.HistoryEvent, data bool) (json.RawMessage, error) {
	out := map[string]any{"id": e.ID, "previousEventId": e.PreviousID, "timestamp": epoch(e.Timestamp), "type": e.Type}
	if e.DetailsKey != "" {
		details := e.Details
		if !data {
			var fields map[string]json.RawMessage
			if err := json.Unmarshal(details, &fields); err != nil {
				return nil, err
			}
			for _, name := range []string{"input", "output", "parameters"} {
				delete(fields, name)
			}
			var err error
			if details, err = json.Marshal(fields); err != nil {
				return nil, err
			}
		}
		out[e.DetailsKey] = details
	}
	return json.Marshal(out)
}
