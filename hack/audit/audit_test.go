package audit_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/hack/audit"
)

// line is an event of the log.
func line(verb, resource, name, user string) string {
	return fmt.Sprintf(`{"stage":"ResponseComplete","verb":%q,"user":{"username":%q},"objectRef":{"resource":%q,"namespace":"ai","name":%q}}`+"\n",
		verb, user, resource, name)
}

const (
	operator = "system:serviceaccount:fairlead-system:fairlead"
	gateway  = "system:serviceaccount:ai:main"
)

// TestWrites: what was there before does not count, nor what others write or what is only begun; a log that is continued in another
// file is read on there.
func TestWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	appendTo(t, path, line("create", "secrets", "before", operator))
	log, err := audit.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	appendTo(t, path, line("patch", "modelaliases", "chat", operator)+line("patch", "leases", "main-1", gateway)+
		line("patch", "pods", "main-1", "system:node:local")+line("get", "secrets", "main", operator)+
		`{"stage":"RequestReceived","verb":"create","user":{"username":"`+operator+`"}}`+"\nnot JSON\n")
	expect(t, log, audit.Writes{Objects: []string{"patch modelaliases ai/chat by " + operator}, Leases: 1})
	expect(t, log, audit.Writes{})

	appendTo(t, path, line("create", "services", "main", operator))
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	appendTo(t, path, line("delete", "services", "main", operator))
	expect(t, log, audit.Writes{Objects: []string{"create services ai/main by " + operator, "delete services ai/main by " + operator}})
}

func TestOpenWithoutALog(t *testing.T) {
	if _, err := audit.Open(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("expected an error, found none")
	}
}

func appendTo(t *testing.T, path, content string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(content); err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, log *audit.Log, want audit.Writes) {
	t.Helper()
	got, err := log.Writes()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}
