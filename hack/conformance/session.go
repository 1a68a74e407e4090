package conformance

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// hello is the first line of a client.
type hello struct {
	// Version of the SDK or program.
	Version string `json:"version"`
	// Features that it has, each with the providers that it makes sense with; null means all.
	Features map[string][]string `json:"features"`
}

// question asks a client for one cell.
type question struct {
	Feature  string `json:"feature"`
	Provider string `json:"provider"`
	Model    string `json:"model"`
}

// answer is what a client says of a cell.
type answer struct {
	Feature  string `json:"feature"`
	Provider string `json:"provider"`
	OK       bool   `json:"ok"`
	Detail   string `json:"detail"`
}

// session is a running client.
type session struct {
	command *exec.Cmd
	in      io.WriteCloser
	lines   chan string
	hello   hello
}

// errEnded means that a client ended before it answered.
var errEnded = errors.New("the client ended")

// open starts a client and reads its first line. What it writes to its standard error goes to the file log.
func open(ctx context.Context, log string, env []string, arguments ...string) (*session, error) {
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("making the log: %w", err)
	}
	defer file.Close()
	s := &session{command: exec.CommandContext(ctx, arguments[0], arguments[1:]...), lines: make(chan string)}
	s.command.Stderr = file
	s.command.Env = append(os.Environ(), env...)
	s.command.WaitDelay = 2 * time.Second
	out, err := s.command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("reading from the client: %w", err)
	}
	if s.in, err = s.command.StdinPipe(); err != nil {
		return nil, fmt.Errorf("writing to the client: %w", err)
	}
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("starting the client: %w", err)
	}
	go s.read(out)
	if err := s.next(ctx, time.Minute, &s.hello); err != nil {
		s.close()
		return nil, fmt.Errorf("%w; its log is %s", err, log)
	}
	return s, nil
}

// read passes on lines until the client ends.
func (s *session) read(out io.Reader) {
	defer close(s.lines)
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		s.lines <- lines.Text()
	}
}

// next reads one line.
func (s *session) next(ctx context.Context, limit time.Duration, into any) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case line, ok := <-s.lines:
		if !ok {
			return errEnded
		}
		if err := json.Unmarshal([]byte(line), into); err != nil {
			return fmt.Errorf("reading what the client said, %.200q: %w", line, err)
		}
		return nil
	case <-timer.C:
		return fmt.Errorf("no answer after %s", limit)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ask has the client try one cell. After an error the session is of no use any more.
func (s *session) ask(ctx context.Context, q question, limit time.Duration) (answer, error) {
	line, err := json.Marshal(q)
	if err != nil {
		return answer{}, fmt.Errorf("writing a question: %w", err)
	}
	if _, err := s.in.Write(append(line, '\n')); err != nil {
		return answer{}, errEnded
	}
	var a answer
	if err := s.next(ctx, limit, &a); err != nil {
		return answer{}, err
	}
	if a.Feature != q.Feature || a.Provider != q.Provider {
		return answer{}, fmt.Errorf("asked for %s with %s, the client answered for %s with %s", q.Feature, q.Provider, a.Feature, a.Provider)
	}
	return a, nil
}

// close ends the client, whatever it is doing.
func (s *session) close() {
	s.in.Close()
	if s.command.Cancel != nil {
		_ = s.command.Cancel()
	}
	for range s.lines { // so that its reader ends
	}
	_ = s.command.Wait()
}
