package letter

import (
	"fmt"
	"time"
)

const maxName = 60

// ignore is the end of letters that anybody may have caused.
const ignore = "If it was not you, do nothing: without the link nothing changes."

// lasts says how long a link works.
func lasts(d time.Duration) string {
	if d >= 48*time.Hour {
		return fmt.Sprintf("The link works once, within %d days.", int(d.Hours()/24))
	}
	if d > time.Hour {
		return fmt.Sprintf("The link works once, within %d hours.", int(d.Hours()))
	}
	return "The link works once, within an hour."
}

func hello(name string) string { return "Hello " + line(name, maxName) + "," }

func when(at time.Time) string { return at.UTC().Format("2 January 2006, 15:04 UTC") }

// Verify asks a new address to show that it is its owner's.
func Verify(name, url string, life time.Duration) Letter {
	return Letter{Subject: "Confirm your e-mail address for APIQ",
		Before: []string{hello(name), "confirm that this address is yours:"}, Action: "Confirm this address", URL: url,
		After: []string{lasts(life), ignore}}
}

// Reset lets a person choose a new password.
func Reset(name, url string, life time.Duration) Letter {
	return Letter{Subject: "Choose a new password for APIQ",
		Before: []string{hello(name), "somebody, most likely you, asked for a new password for your account."}, Action: "Choose a new password", URL: url,
		After: []string{lasts(life), ignore}}
}

// PasswordChanged tells that the password is another one, and where that was done.
func PasswordChanged(name string, at time.Time, ip, url string) Letter {
	return Letter{Subject: "Your password for APIQ was changed",
		Before: []string{hello(name), fmt.Sprintf("the password of your account was changed on %s, from the address %s. All other sessions have ended.", when(at), line(ip, 64)),
			"If that was you, there is nothing to do. If not, choose a new one at once:"}, Action: "Choose a new password", URL: url}
}

// ChangeAddress asks the new address of an account to show that it is its owner's.
func ChangeAddress(name, url string, life time.Duration) Letter {
	return Letter{Subject: "Confirm your new e-mail address for APIQ",
		Before: []string{hello(name), "your account is to have this address from now on. Confirm that it is yours:"}, Action: "Use this address", URL: url,
		After: []string{lasts(life), ignore}}
}

// AddressChanged tells the old address that the account has another one, and lets
// its owner take that back.
func AddressChanged(name, to, url string, life time.Duration) Letter {
	return Letter{Subject: "Your e-mail address for APIQ was changed",
		Before: []string{hello(name), "your account now has the address " + line(to, 254) + ". If that was you, there is nothing to do.",
			"If not, take it back: the account gets this address again, and all sessions end."}, Action: "Take it back", URL: url,
		After: []string{lasts(life)}}
}

// Linked tells that an identity at a provider signs in to the account from now on.
func Linked(name, provider, email string, at time.Time, ip, url string) Letter {
	return Letter{Subject: "A sign-in was added to your account for APIQ",
		Before: []string{hello(name), fmt.Sprintf("on %s, from the address %s, %s was linked to your account: whoever signs in there signs in to it.", when(at), line(ip, 64), identity(provider, email)),
			"If that was you, there is nothing to do. If not, take it off at once, and choose a new password:"}, Action: "See what is linked", URL: url}
}

// Unlinked tells that it does so no more.
func Unlinked(name, provider, email string, at time.Time, ip, url string) Letter {
	return Letter{Subject: "A sign-in was taken off your account for APIQ",
		Before: []string{hello(name), fmt.Sprintf("on %s, from the address %s, %s was taken off your account: it signs in to it no more.", when(at), line(ip, 64), identity(provider, email)),
			"If that was you, there is nothing to do. If not, choose a new password and end the other sessions:"}, Action: "See what is linked", URL: url}
}

func identity(provider, email string) string {
	if email == "" {
		return line(provider, 64)
	}
	return line(provider, 64) + " (" + line(email, 254) + ")"
}

// NewSignIn tells of a session from an address that the account was not used from.
func NewSignIn(name, device, ip string, at time.Time, url string) Letter {
	return Letter{Subject: "New sign-in to APIQ",
		Before: []string{hello(name), fmt.Sprintf("your account was signed in to on %s, from the address %s (%s).", when(at), line(ip, 64), line(device, 80)),
			"If that was you, there is nothing to do. If not, end that session and choose a new password:"}, Action: "See your sessions", URL: url}
}

// Held tells that many sign-ins failed, so that further ones from unknown addresses wait.
func Held(name string, failures int, url string) Letter {
	return Letter{Subject: "Many sign-ins to APIQ failed",
		Before: []string{hello(name), fmt.Sprintf("somebody tried %d times to sign in to your account and failed. Further tries from unknown addresses now have to wait; yours goes on as before where you have signed in lately.", failures),
			"If you cannot sign in, choose a new password:"}, Action: "Choose a new password", URL: url}
}
