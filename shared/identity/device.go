package identity

import "strings"

// maxAgent is how much of a User-Agent is looked at.
const maxAgent = 300

// Device names what a session was made with, as its User-Agent tells: for people to
// know their own by, and for nothing else, since anybody can send any.
func Device(agent string) string {
	if len(agent) > maxAgent {
		agent = agent[:maxAgent]
	}
	find := func(marks [][2]string) string {
		for _, m := range marks {
			if strings.Contains(agent, m[0]) {
				return m[1]
			}
		}
		return ""
	}
	// Browsers name those that they descend from: the most special mark comes first.
	browser := find([][2]string{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"}, {"HeadlessChrome/", "Chrome"}, {"Chrome/", "Chrome"}, {"Version/", "Safari"},
		{"curl/", "curl"}, {"python-requests/", "Python"}, {"Go-http-client/", "a Go program"}, {"PostmanRuntime/", "Postman"}, {"node", "Node.js"}})
	system := find([][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"}})
	switch {
	case browser == "" && system == "":
		return "an unknown program"
	case browser == "":
		return "a program on " + system
	case system == "":
		return browser
	}
	return browser + " on " + system
}
