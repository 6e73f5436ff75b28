package call

import (
	"fmt"
	"net/http"
	"time"
)

// left is when the attempt made last left; one that was interrupted may not have.
func (e *entry) left() string {
	a := e.last()
	if a == nil {
		return ""
	}
	method, how := "The request", "left"
	if a.Request != nil {
		method = a.Request.Method
	}
	if a.Interrupted {
		how = "was about to leave"
	}
	return fmt.Sprintf("%s (attempt %d) %s at %s. ", method, a.N, how, a.StartedAt.Format(time.RFC3339))
}

// back is what came back of an answer that is not whole.
func (x *exchange) back() string {
	switch {
	case !x.answered:
		return "Nothing came back. "
	case x.err != nil:
		return fmt.Sprintf("The head of an answer came back, %d %s, and not all of the rest. ", x.status, http.StatusText(x.status))
	}
	return ""
}
