package stepfunctions

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// nameOf is the state machine's name for a definition with its ARNs in place. What
// cannot be changed without another machine is part of the hash: a machine keeps
// the role and the log group that it was created with.
func (e *Engine) nameOf(workspace string, kind types.StateMachineType, definition []byte) (string, error) {
	h := sha256.New()
	for _, part := range []string{string(kind), e.opts.RoleARN, e.logGroup(kind)} {
		_, _ = fmt.Fprintf(h, "%d:%s;", len(part), part) // a hash takes everything
	}
	_, _ = h.Write(definition)
	name := e.opts.Prefix + "-" + workspace + "-" + hex.EncodeToString(h.Sum(nil))[:hashLength]
	if len(name) > maxName || !plain.MatchString(name) {
		return "", fmt.Errorf("stepfunctions: workspace %q does not fit into a state machine's name", workspace)
	}
	return name, nil
}

func (e *Engine) logGroup(kind types.StateMachineType) string {
	if kind == types.StateMachineTypeExpress {
		return e.opts.LogGroupARN
	}
	return ""
}

// machineARN is the ARN that a name has in this account, which is the role's.
func (e *Engine) machineARN(name string) string {
	role := strings.SplitN(e.opts.RoleARN, ":", 6) // arn:aws:iam::<account>:role/…
	return strings.Join([]string{"arn", role[1], "states", e.client.Options().Region, role[4], "stateMachine", name}, ":")
}

// standardARN is the ARN of the standard execution of that name, which is known
// before there is one.
func standardARN(machine, run string) string {
	return strings.Replace(machine, ":stateMachine:", ":execution:", 1) + ":" + run
}

// machineOf is the machine of a standard execution.
func machineOf(executionARN string) string {
	at := strings.LastIndexByte(executionARN, ':')
	return strings.Replace(executionARN[:max(at, 0)], ":execution:", ":stateMachine:", 1)
}

// Ref names a run across workspaces.
type Ref struct{ Workspace, Run string }

// Ref reads whose run an execution is from its ARN, of either type; ok is false
// where it is none of this engine's.
//
//	arn:aws:states:<region>:<account>:execution:<machine>:<run>
//	arn:aws:states:<region>:<account>:express:<machine>:<run>:<uuid>
func (e *Engine) Ref(executionARN string) (workspace, run string, ok bool) {
	if len(executionARN) > maxARN {
		return "", "", false
	}
	parts := strings.Split(executionARN, ":")
	if len(parts) < 8 || parts[0] != "arn" || parts[2] != "states" {
		return "", "", false
	}
	switch {
	case parts[5] == "execution" && len(parts) == 8:
	case parts[5] == "express" && len(parts) == 9:
	default:
		return "", "", false
	}
	machine, ours := strings.CutPrefix(parts[6], e.opts.Prefix+"-")
	at := len(machine) - hashLength - 1
	if !ours || at < 1 || machine[at] != '-' {
		return "", "", false
	}
	if _, err := hex.DecodeString(machine[at+1:]); err != nil {
		return "", "", false
	}
	workspace, run = machine[:at], parts[7]
	return workspace, run, plain.MatchString(workspace) && plain.MatchString(run)
}

// maxARN is the longest ARN that Step Functions gives, with room (its API
// reference says 256 characters of an execution's).
const maxARN = 512

func isExpress(executionARN string) bool { return strings.Contains(executionARN, ":express:") }

func hashOf(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
