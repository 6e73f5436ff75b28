package stand_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/infra/awstest/mail"
	"github.com/apiq/apiq/infra/awstest/stand"
	"github.com/apiq/apiq/infra/hometest"
)

// TestLetters: who has confirmed an address is mailed of a question that waits for them,
// with a link to its run, and can have that switched off.
func TestLetters(t *testing.T) {
	t.Parallel()
	home := stand.Start(t, stand.Options{})
	ada := hometest.Register(t, home, "ada")
	_, token, _ := strings.Cut(letter(t, home, ada.Email, "#"), "#")
	token, _, _ = strings.Cut(token, "\n")
	ada.Must(http.StatusOK, "POST", "/api/auth/email/verify", hometest.Obj{"token": token})
	run := ada.Run(hometest.Obj{"name": "Refunds", "steps": []any{hometest.Obj{"id": "ask", "type": "approval", "message": "Refund 20 EUR?"}}}, nil)
	ada.Wait(run, "WAITING")
	if text := letter(t, home, ada.Email, stand.PublicURL+"/runs/"+run); !strings.Contains(text, "Refund 20 EUR?") {
		t.Errorf("%s", text)
	}
	var me struct{ User struct{ Notify bool } }
	for _, on := range []bool{false, true} {
		ada.Must(http.StatusOK, "PATCH", "/api/auth/me", hometest.Obj{"notify": on})
		if ada.Must(http.StatusOK, "GET", "/api/auth/me", nil).Into(t, &me); me.User.Notify != on {
			t.Errorf("notify is %v", me.User.Notify)
		}
	}
}

// letter is the text of a letter to somebody that holds something, once it is sent.
func letter(t *testing.T, home *stand.Stand, to, holds string) string {
	t.Helper()
	var all []mail.Email
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		if _, err := home.Fleet.Invoke(t.Context(), "event-mail", []byte("{}")); err != nil {
			t.Fatal(err)
		}
		all = home.Mail.Sent()
		for _, m := range all {
			if len(m.To) == 1 && m.To[0] == to && strings.Contains(m.Text, holds) {
				return m.Text
			}
		}
	}
	t.Fatalf("no letter to %s with %q among %d", to, holds, len(all))
	return ""
}
