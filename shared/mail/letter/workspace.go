package letter

import (
	"strings"
	"time"
)

// Invitation asks a person to join a workspace.
func Invitation(inviter, workspace, role, url string, life time.Duration) Letter {
	workspace = line(workspace, maxTitle)
	return Letter{Subject: "Join " + workspace + " on APIQ",
		Before: []string{line(inviter, maxName) + " invites you to the workspace " + workspace + ", as " + strings.ToLower(role) + "."},
		Action: "Join the workspace", URL: url,
		After: []string{lasts(life), "If you do not know who sent this, do nothing."}}
}

// maxTitle keeps a subject within its bytes, whatever script a name is in.
const maxTitle = 36

// called is a workflow's name, or what stands for one.
func called(workflow string) string {
	if workflow = line(workflow, maxTitle); workflow == "" {
		return "A workflow"
	}
	return workflow
}

// Question asks for a decision that a run waits for.
func Question(workflow, message, url string) Letter {
	workflow = called(workflow)
	l := Letter{Subject: workflow + " waits for your decision", Before: []string{"A run of " + workflow + " waits for a decision that you may make:"},
		Action: "Decide", URL: url}
	if message = line(message, 500); message != "" {
		l.Before = append(l.Before, "“"+message+"”")
	}
	return l
}

// Doubt asks what became of a request whose outcome is not known.
func Doubt(workflow, message, url string) Letter {
	workflow = called(workflow)
	l := Letter{Subject: workflow + ": what became of a request is not known",
		Before: []string{"A run of " + workflow + " stands still: a request was sent, and whether it took effect is not known. Look at the other side, then tell what came of it."},
		Action: "Look at the run", URL: url}
	if message = line(message, 500); message != "" {
		l.Before = append(l.Before, message)
	}
	return l
}
