package connection

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// Risk levels.
const (
	RiskLow    = "low"
	RiskMedium = "medium"
	RiskHigh   = "high"
)

// finding is one reason and how far it raises the level.
type finding struct {
	level  string
	reason string
}

// review judges what could go wrong with a connection: how its traffic travels,
// where it goes, and what its operations can do. named says whether the document
// names the address.
func review(c *stored, doc *spec.Document, named bool) Risk {
	var found []finding
	add := func(level, format string, args ...any) {
		found = append(found, finding{level, fmt.Sprintf(format, args...)})
	}
	u, _ := url.Parse(c.BaseURL)
	if u != nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		if c.AuthType == AuthNone {
			add(RiskMedium, "Requests travel unencrypted (http).")
		} else {
			add(RiskHigh, "The credential travels unencrypted (http).")
		}
	}
	if !named {
		add(RiskMedium, "The document does not name the host %s.", u.Host)
	}
	total, writes, destructive := doc.Len(), 0, 0
	for _, op := range doc.Summaries() {
		switch op.Method {
		case "GET", "HEAD", "OPTIONS", "TRACE":
			continue
		case "DELETE":
			destructive++
		default:
			if destroys(op) {
				destructive++
			}
		}
		writes++
	}
	if writes > 0 {
		add(RiskLow, "%d of %d operations change data.", writes, total)
	}
	if destructive > 0 {
		add(RiskMedium, "%d of them delete or cannot be undone.", destructive)
	}
	if c.AuthType == AuthNone && len(doc.Info().Security) > 0 {
		add(RiskLow, "The document asks for a credential and the connection has none: calls may be refused.")
	}
	if c.AuthType != AuthNone && len(doc.Info().SecuritySchemes) == 0 {
		add(RiskLow, "The document does not say that it takes a credential.")
	}
	return verdict(found)
}

func verdict(found []finding) Risk {
	r := Risk{Level: RiskLow}
	for _, f := range found {
		if f.level == RiskHigh || f.level == RiskMedium && r.Level == RiskLow {
			r.Level = f.level
		}
		r.Reasons = append(r.Reasons, f.reason)
	}
	return r
}

// destroys says whether the words of a write tell of something final.
func destroys(op spec.Summary) bool {
	text := strings.ToLower(op.ID + " " + op.Path)
	for _, word := range []string{"delete", "remove", "destroy", "purge", "revoke", "terminate", "cancel", "refund", "transfer", "payout", "charge", "wipe"} {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

func loopback(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasPrefix(host, "127.") || host == "::1"
}
