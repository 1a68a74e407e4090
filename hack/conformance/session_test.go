package conformance

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// talk is a client of one line of shell, after it has said hello.
func talk(t *testing.T, script string) *session {
	t.Helper()
	s, err := open(t.Context(), filepath.Join(t.TempDir(), "log"), nil,
		"sh", "-c", `echo '{"version":"1.2","features":{"chat":null,"tools":["openai"]}}'; `+script)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

func TestSession(t *testing.T) {
	t.Parallel()
	s := talk(t, `while read line; do echo '{"feature":"chat","provider":"openai","ok":true}'; done`)
	want := hello{Version: "1.2", Features: map[string][]string{"chat": nil, "tools": {"openai"}}}
	if diff := cmp.Diff(want, s.hello); diff != "" {
		t.Errorf("hello (-want +got):\n%s", diff)
	}
	for range 2 {
		got, err := s.ask(t.Context(), question{Feature: "chat", Provider: "openai"}, time.Minute)
		if err != nil || !got.OK {
			t.Errorf("ask() = %v, %v, want an answer that is ok", got, err)
		}
	}
}

func TestSessionFailures(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		script string
		want   string
	}{
		"Ends":            {script: "read line", want: errEnded.Error()},
		"HangsUp":         {script: "exec <&-; exec >&-", want: errEnded.Error()},
		"SaysNothing":     {script: "exec sleep 60", want: "no answer after 300ms"},
		"SaysNoJSON":      {script: "read line; echo hello; read line", want: "reading what the client said"},
		"AnswersAnother":  {script: `read line; echo '{"feature":"tools","provider":"openai"}'; read line`, want: "the client answered for tools with openai"},
		"AnswersTooMuch":  {script: `read line; echo '{"feature":"chat","provider":"x"}'; echo more; read line`, want: "the client answered for chat with x"},
		"DiesOfItsAnswer": {script: `read line; kill -9 $$`, want: errEnded.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := talk(t, tc.script)
			_, err := s.ask(t.Context(), question{Feature: "chat", Provider: "openai"}, 300*time.Millisecond)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("ask() = %v, want an error with %q", err, tc.want)
			}
		})
	}
}

func TestOpenClientThatDoesNotStart(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "log")
	_, err := open(t.Context(), log, nil, "sh", "-c", "exit 1")
	if !errors.Is(err, errEnded) || !strings.Contains(err.Error(), log) {
		t.Errorf("open() = %v, want %v and where the log is", err, errEnded)
	}
}
