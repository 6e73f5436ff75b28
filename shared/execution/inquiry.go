package execution

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/workflow/asl"
)

// inquiry is what a task asks people, whom, and until when.
type inquiry struct {
	message   string
	approvers []string
	expires   *time.Time
}

// inquire is what the task asks that has just been scheduled; nothing where it asks nobody.
func (t *trace) inquire(e HistoryEvent, l line) inquiry {
	if st := t.info(l.state); st.Role != asl.RoleUnknown && (st.Role != asl.RoleMain || st.StepType != "approval") {
		return inquiry{}
	}
	var d struct {
		Parameters string `json:"parameters"` // as JSON text
		Timeout    int64  `json:"timeoutInSeconds"`
	}
	var in struct {
		Payload struct {
			Message   string   `json:"message"`
			Approvers []string `json:"approvers"`
			Doubt     doubt    `json:"error"`
		} `json:"Payload"`
	}
	_ = json.Unmarshal(e.Details, &d) // a definition of ours passes both
	_ = json.Unmarshal([]byte(d.Parameters), &in)
	doubt := in.Payload.Doubt
	q := inquiry{message: cmp.Or(in.Payload.Message, PlainCause(doubt.Error, doubt.Cause)), approvers: in.Payload.Approvers}
	if len(q.message) > maxMessage {
		q.message = strings.ToValidUTF8(q.message[:maxMessage], "") + "…"
	}
	if d.Timeout > 0 {
		at := e.Timestamp.Add(time.Duration(d.Timeout) * time.Second).UTC()
		q.expires = &at
	}
	return q
}

// maxMessage bounds what an entry of the log holds of a question.
const maxMessage = 4 << 10

// late is why an approval failed whose time ran out.
func (q inquiry) late() string {
	cause := "Nobody decided in time."
	if q.expires != nil {
		cause = "Nobody decided by " + q.expires.Format(time.RFC3339) + "."
	}
	if len(q.approvers) > 0 {
		cause += " Asked were " + strings.Join(q.approvers, ", ") + "."
	}
	return cause
}
