package letter

import (
	"fmt"
	"time"
)

// NearLimit tells a workspace's admins that most of what it may take up is used. renews
// is zero where it does not renew.
func NearLimit(what, used, limit string, renews time.Time, url string) Letter {
	then := "At the limit, more of it is refused. What there is already stays."
	if !renews.IsZero() {
		then = "At the limit, more of it is refused until " + when(renews) + "."
	}
	return Letter{Subject: "Most of the " + line(what, maxTitle) + " is used",
		Before: []string{fmt.Sprintf("Your workspace has used %s of the %s that it may: %s.", line(used, maxName), line(limit, maxName), line(what, maxTitle)), then},
		Action: "See what is used", URL: url,
		After: []string{"Whoever runs this APIQ can raise the limit."}}
}
