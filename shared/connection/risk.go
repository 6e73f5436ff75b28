package connection

import (
	"fmt"
	"strings"

	"github.com/apiq/apiq/shared/effect"
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
// where it goes, and what its operations can do.
func review(c *stored, doc *spec.Document, to base) Risk {
	var found []finding
	add := func(level, format string, args ...any) {
		found = append(found, finding{level, fmt.Sprintf(format, args...)})
	}
	if u := to.url; u != nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		if c.AuthType == AuthNone {
			add(RiskMedium, "Requests travel unencrypted (http).")
		} else {
			add(RiskHigh, "The credential travels unencrypted (http).")
		}
	}
	if host := c.Auth.Exchange.elsewhere(c.Origins); host != "" {
		add(RiskMedium, "The credential's values are sent to %s, which gives the token; that is another address than the API's.", host)
	}
	if to.url != nil && !to.named {
		add(RiskMedium, "The document does not name the host %s.", to.url.Host)
	}
	total, writes, final := doc.Len(), 0, 0
	for _, sum := range doc.Summaries() {
		switch level, _ := effect.Risk(&spec.Operation{Summary: sum}); level {
		case effect.Write:
			writes++
		case effect.Irreversible:
			writes, final = writes+1, final+1
		}
	}
	if writes > 0 {
		add(RiskLow, "%d of %d operations change data.", writes, total)
	}
	if final > 0 {
		add(RiskMedium, "%d of them cannot be taken back.", final)
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

func loopback(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasPrefix(host, "127.") || host == "::1"
}
