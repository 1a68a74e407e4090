// Package progress tells a person what a long command is doing: which step of how many, what that step is at, how long each took.
//
// On a terminal the running step is one line that is redrawn; elsewhere (a log file, a pipe) a step writes a line when it starts, one
// every ten seconds while it runs, and one when it ends, so that a log stays short and yet never looks dead.
package progress

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// Progress numbers the steps of one command and remembers what each cost. Steps run one after the other; a Progress must not
// be used from two goroutines at once.
type Progress struct {
	out      io.Writer
	terminal bool
	total    int
	started  time.Time
	done     []result
}

// result is what the summary says of one finished step.
type result struct {
	title, note string
	took        time.Duration
	failed      bool
}

// New returns a Progress for total steps that writes to out. More steps than announced are allowed: the total grows with them.
func New(out io.Writer, total int) *Progress {
	return &Progress{out: out, terminal: isTerminal(out), total: total, started: time.Now()}
}

// Discard returns a Progress that writes nothing, for tests and for commands whose steps nobody watches.
func Discard() *Progress { return New(io.Discard, 0) }

// Step runs one step under a title such as "building kube". It returns what run returns; an error is shown as part of the step, and it
// is the caller's to explain.
func (p *Progress) Step(title string, run func(*Step) error) error {
	number := len(p.done) + 1
	p.total = max(p.total, number)
	s := &Step{
		out: p.out, terminal: p.terminal, started: time.Now(),
		head: fmt.Sprintf("[%d/%d] %s", number, p.total, title),
	}
	stop := s.begin()
	err := run(s)
	stop()
	s.end(err)
	p.done = append(p.done, result{title: title, note: s.note, took: time.Since(s.started), failed: err != nil})
	return err
}

// Summary writes a table of all finished steps and the time they took together.
func (p *Progress) Summary() {
	width := len("total")
	for _, r := range p.done {
		width = max(width, len(r.title))
	}
	fmt.Fprintln(p.out)
	for _, r := range p.done {
		note := r.note
		if r.failed {
			note = "failed"
		}
		fmt.Fprintln(p.out, strings.TrimRight(fmt.Sprintf("  %-*s  %8s  %s", width, r.title, Duration(r.took), note), " "))
	}
	fmt.Fprintf(p.out, "  %-*s  %8s\n", width, "total", Duration(time.Since(p.started)))
}

// Step is the running step; its methods may be called from any goroutine.
type Step struct {
	out      io.Writer
	terminal bool
	head     string
	started  time.Time

	mu     sync.Mutex
	status string
	note   string
}

// Status replaces the live description of what the step is at ("812 packages compiled").
func (s *Step) Status(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = fmt.Sprintf(format, args...)
}

// Note sets the remark that stays beside the finished step ("cached"); the last one wins.
func (s *Step) Note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note = fmt.Sprintf(format, args...)
}

// Println writes a line of its own above the live line, for something that a person should be able to read again afterwards.
func (s *Step) Println(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	fmt.Fprintf(s.out, "      %s\n", fmt.Sprintf(format, args...))
}

// begin shows the step and keeps it shown as alive until the returned function is called.
func (s *Step) begin() (stop func()) {
	interval := 10 * time.Second
	if s.terminal {
		interval = 500 * time.Millisecond
	} else {
		fmt.Fprintf(s.out, "%s …\n", s.head)
	}
	ticker, quit, finished := time.NewTicker(interval), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(finished)
		for {
			select {
			case <-ticker.C:
				s.alive()
			case <-quit:
				return
			}
		}
	}()
	return func() {
		ticker.Stop()
		close(quit)
		<-finished
	}
}

// alive redraws the live line, or adds one to a log.
func (s *Step) alive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := s.status
	if status != "" {
		status += ", "
	}
	status += Duration(time.Since(s.started))
	if s.terminal {
		s.erase()
		fmt.Fprintf(s.out, "%s … %s", s.head, status)
		return
	}
	fmt.Fprintf(s.out, "      … %s\n", status)
}

// end writes the line that stays.
func (s *Step) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	verdict := "done in " + Duration(time.Since(s.started))
	if err != nil {
		verdict = "FAILED after " + Duration(time.Since(s.started))
	}
	if s.note != "" {
		verdict += " (" + s.note + ")"
	}
	fmt.Fprintf(s.out, "%s: %s\n", s.head, verdict)
}

// erase empties the live line; a log has none. The caller holds mu.
func (s *Step) erase() {
	if s.terminal {
		fmt.Fprint(s.out, "\r\x1b[K")
	}
}

// Duration prints a duration the way a person reads it: 0.3s, 12.4s, 5m09s, 1h02m.
func Duration(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
}

// isTerminal reports whether out is a character device; a redirected standard error is not.
func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
