// Package audit tells what Fairlead writes to the API server, by the API server's own log.
package audit

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Log is the audit log from the moment on at which it was opened.
type Log struct {
	path string
	file *os.File
}

// Writes are completed requests that changed something, or would have.
type Writes struct {
	// Objects are those of everything but Leases, as "verb resource namespace/name by user".
	Objects []string
	// Leases is the number of those of Leases, which are renewed all the time.
	Leases int
}

// Open opens the log at its end. It has to be closed.
func Open(path string) (*Log, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the audit log: %w", err)
	}
	if _, err := file.Seek(0, io.SeekEnd); err != nil {
		return nil, errors.Join(fmt.Errorf("finding the end of the audit log: %w", err), file.Close())
	}
	return &Log{path: path, file: file}, nil
}

// Close closes the log.
func (l *Log) Close() error { return l.file.Close() }

// Writes are those of Fairlead since the last call, or since the log was opened.
func (l *Log) Writes() (Writes, error) {
	var w Writes
	if err := w.read(l.file); err != nil {
		return w, err
	}
	next, err := os.Open(l.path)
	if err != nil {
		return w, fmt.Errorf("opening the audit log: %w", err)
	}
	if l.reads(next) {
		return w, next.Close()
	}
	// The API server has started another file meanwhile.
	err = l.file.Close()
	l.file = next
	return w, errors.Join(err, w.read(l.file))
}

// reads says whether a file is the one that is being read.
func (l *Log) reads(file *os.File) bool {
	a, err := l.file.Stat()
	b, err2 := file.Stat()
	return err == nil && err2 == nil && os.SameFile(a, b)
}

// event is what is needed of one line of the log.
// Source: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
type event struct {
	Stage string `json:"stage"`
	Verb  string `json:"verb"`
	User  struct {
		Username string `json:"username"`
	} `json:"user"`
	ObjectRef struct {
		Resource  string `json:"resource"`
		Namespace string `json:"namespace"`
		Name      string `json:"name"`
	} `json:"objectRef"`
}

func (w *Writes) read(log io.Reader) error {
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Stage == "ResponseComplete" && ours(e.User.Username) {
			w.add(e)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading the audit log: %w", err)
	}
	return nil
}

func (w *Writes) add(e event) {
	switch e.Verb {
	case "create", "update", "patch", "delete", "deletecollection":
	default:
		return
	}
	if e.ObjectRef.Resource == "leases" {
		w.Leases++
		return
	}
	w.Objects = append(w.Objects, fmt.Sprintf("%s %s %s/%s by %s", e.Verb, e.ObjectRef.Resource, e.ObjectRef.Namespace, e.ObjectRef.Name, e.User.Username))
}

// ours says whether a user is the operator or a gateway of the sample stack.
func ours(username string) bool {
	return strings.HasPrefix(username, "system:serviceaccount:fairlead-system:") || strings.HasPrefix(username, "system:serviceaccount:ai:")
}
