package plan

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/id"
)

// respond makes the plan that a request asks for, and tells what was said in which
// conversation.
func (s *Service) respond(ctx context.Context, req Request) (said string, rec record, conv conversation, err error) {
	if req.Alternative != "" {
		from, at, err := s.chosen(ctx, req)
		if err != nil {
			return "", rec, conv, err
		}
		if conv, err = s.conversation(ctx, from.ConversationID); err != nil {
			return "", rec, conv, err
		}
		rec, err = s.take(ctx, from, at)
		return "Take the other reading: " + from.Alternatives[at].Title + ".", rec, conv, err
	}
	if conv, err = s.conversation(ctx, req.ConversationID); err != nil {
		return "", rec, conv, err
	}
	conns, err := s.sources.active(ctx, req.Connections)
	if err != nil {
		return "", rec, conv, err
	}
	if len(conns) == 0 {
		return "", rec, conv, apierr.New(apierr.PlanNotPossible, "There is no active connection to plan with. Connect an API first, then describe the goal again.")
	}
	rec, answered, err := s.answer(ctx, conv, req.Message, conns)
	if err == nil && !answered {
		rec, err = s.make(ctx, conv, req.Message, conns)
	}
	return req.Message, rec, conv, err
}

func checkRequest(req Request) error {
	bad := wrongRequest
	switch {
	case req.Alternative != "" && req.Message != "":
		return bad("/message", "exclusive", "Give a message or an alternative, not both.")
	case req.Alternative != "" && len(req.Connections) > 0:
		return bad("/connections", "exclusive", "An alternative has its connections. Leave connections out.")
	case req.Message == "" && req.Alternative == "":
		return bad("/message", "required", "Say what you want done.")
	case !utf8.ValidString(req.Message):
		return bad("/message", "encoding", "The message is not valid UTF-8.")
	case utf8.RuneCountInString(req.Message) > MaxMessage:
		return bad("/message", "too_long", fmt.Sprintf("A message has at most %d characters.", MaxMessage))
	case req.ConversationID != "" && !id.Is(req.ConversationID, id.Conversation):
		return bad("/conversationId", "format", "This is not the id of a conversation.")
	case len(req.Connections) > maxConnections:
		return bad("/connections", "too_many", fmt.Sprintf("At most %d connections can be named.", maxConnections))
	}
	return nil
}

func wrongRequest(path, code, message string) error {
	return apierr.New(apierr.ValidationFailed, "The message cannot be planned.").With(apierr.Problem{Path: path, Code: code, Message: message})
}
