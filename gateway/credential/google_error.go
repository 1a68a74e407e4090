package credential

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"

	"golang.org/x/oauth2"
)

var (
	errNone    = errors.New("no ambient credentials of Google's are here")
	errUnknown = errors.New("the credentials or the answer could not be used")
)

// statusOf finds the status in errors that have it in their text only.
var statusOf = regexp.MustCompile(`status code (\d{3})`)

// word is what an error code of OAuth may look like.
var word = regexp.MustCompile(`^[a-z_]{1,40}$`)

// harmless is what may be said of an error: texts of servers may repeat what was sent to them.
func harmless(err error) error {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return fmt.Errorf("the server answered with status %d%s", refused.Response.StatusCode, code(refused))
	}
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return harmlessCause(failed.Err)
	}
	switch unreadable, ok := errors.AsType[*os.PathError](err); {
	case ok:
		return unreadable
	case errors.Is(err, errNone):
		return errNone
	}
	if m := statusOf.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("the server answered with status %s", m[1])
	}
	return errUnknown
}

// harmlessCause is why a server could not be reached.
func harmlessCause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return context.DeadlineExceeded
	}
	return errors.New("the server could not be reached")
}

// code is OAuth's code of an error with a space before it, or empty.
func code(e *oauth2.RetrieveError) string {
	var body struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(e.Body, &body) != nil || !word.MatchString(body.Error) {
		return ""
	}
	return " " + body.Error
}
