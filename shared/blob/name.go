package blob

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apiq/apiq/shared/tenant"
)

var errForeign = errors.New("blob: driver returned an object of another tenant")

// scope is one tenant's part of the store: the first segment of every name.
type scope struct{ prefix string }

func scopeOf(ctx context.Context) (scope, error) {
	if err := ctx.Err(); err != nil {
		return scope{}, err
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return scope{}, err
	}
	if err := checkSegment(workspace); err != nil {
		return scope{}, fmt.Errorf("workspace id: %w", err)
	}
	return scope{prefix: workspace + "/"}, nil
}

func (s scope) name(name string) (string, error) {
	full := s.prefix + name
	return full, CheckName(full)
}

// listPrefix accepts what a valid name may start with: whole segments, then
// perhaps a part of one.
func (s scope) listPrefix(prefix string) (string, error) {
	full := s.prefix + prefix
	if len(full) > MaxName {
		return "", fmt.Errorf("%w: a prefix of %d bytes, at most %d", ErrInvalid, len(full), MaxName)
	}
	whole := full[:strings.LastIndexByte(full, '/')]
	if err := CheckName(whole); err != nil {
		return "", err
	}
	if last := full[len(whole)+1:]; last != "" && last != "." && last != ".." {
		return full, checkSegment(last)
	}
	return full, nil
}

// CheckName says whether a full name keeps the port's rules. Drivers that map
// names to paths call it again: it is what stands between a name and the disk.
func CheckName(name string) error {
	if len(name) > MaxName {
		return fmt.Errorf("%w: a name of %d bytes, at most %d", ErrInvalid, len(name), MaxName)
	}
	for segment := range strings.SplitSeq(name, "/") {
		if err := checkSegment(segment); err != nil {
			return err
		}
	}
	return nil
}

func checkSegment(s string) error {
	if s == "" || s == "." || s == ".." || len(s) > MaxSegment {
		return fmt.Errorf("%w: segment %.40q", ErrInvalid, s)
	}
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-') {
			return fmt.Errorf("%w: segment %.40q", ErrInvalid, s)
		}
	}
	return nil
}
