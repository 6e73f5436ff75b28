// Package ses is the mail.Sender over Amazon SES.
package ses
