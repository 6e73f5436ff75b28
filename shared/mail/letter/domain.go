package letter

import "time"

// DomainMissing tells a workspace's admins that nothing shows a domain to be theirs any more.
func DomainMissing(domain, record, value string, until time.Time, url string) Letter {
	domain = line(domain, maxTitle)
	return Letter{Subject: "The record of " + domain + " is gone",
		Before: []string{"The DNS record that shows that " + domain + " belongs to your workspace was not found. Put it back until " + when(until) + ": else the domain is held no more, and people of it are not led to your sign-in.",
			"TXT " + line(record, 253) + " = " + line(value, 100)},
		Action: "See your domains", URL: url}
}

// DomainLapsed tells them that the domain is theirs no more.
func DomainLapsed(domain, url string) Letter {
	domain = line(domain, maxTitle)
	return Letter{Subject: "The domain " + domain + " is not verified any more",
		Before: []string{"The DNS record that shows that " + domain + " belongs to your workspace was gone for a week. People of it may sign in with their passwords again, and are not led to your sign-in."},
		Action: "Verify it again", URL: url}
}
