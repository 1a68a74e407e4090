package fault

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRepeat(t *testing.T) {
	for message, want := range map[string]string{
		"Incorrect API key provided: sk-proj-abc***xyz123.":          "Incorrect API key provided: ***.",
		"The key sk-ant-api03-AbCdEfGh is not valid":                 "The key *** is not valid",
		"in organization org-AbCdEfGhIjKl on tokens":                 "in organization *** on tokens",
		"key AIzaSyAbCdEfGhIjKlMnOpQrStUv":                           "key ***",
		"token ya29.a0AfH6SM_x-y.z expired":                          "token *** expired",
		"header Authorization: Bearer eyJhbGciOi.abc/def= refused":   "header Authorization: *** refused",
		"a task-oriented disk_id, the bearer of bad news, sk- alone": "a task-oriented disk_id, the bearer of bad news, sk- alone",
	} {
		if got := Repeat(message); got != want {
			t.Errorf("Repeat(%q) = %q, want %q", message, got, want)
		}
	}
	if got := Repeat(strings.Repeat("ä", maxRepeated) + "\xff"); len(got) > maxRepeated || !utf8.ValidString(got) {
		t.Errorf("a long message becomes %d bytes", len(got))
	}
}
