//go:build aws

package ses_test

import (
	"os"
	"testing"

	"github.com/apiq/apiq/shared/awsenv"
	"github.com/apiq/apiq/shared/mail/mailtest"
	"github.com/apiq/apiq/shared/mail/ses"
)

// TestConformanceAWS sends some twenty messages from APIQ_AWS_MAIL_FROM to
// APIQ_AWS_MAIL_TO, with tags ("to+1@…"), and looks at none of them: use
// success@simulator.amazonses.com.
func TestConformanceAWS(t *testing.T) {
	from, to := os.Getenv("APIQ_AWS_MAIL_FROM"), os.Getenv("APIQ_AWS_MAIL_TO")
	if from == "" || to == "" {
		t.Fatal("APIQ_AWS_MAIL_FROM must name a verified identity, APIQ_AWS_MAIL_TO who takes the messages")
	}
	env, err := awsenv.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := ses.NewClient(env.AWS(), nil)
	mailtest.Run(t, mailtest.Harness{Open: func(*testing.T) mailtest.Box {
		return mailtest.Box{Sender: ses.New(c, from, nil), To: to}
	}})
}
