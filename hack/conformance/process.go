package conformance

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// process is a server that the clients need. What it says goes to a log.
type process struct {
	name    string
	log     string
	command *exec.Cmd
	ended   chan struct{}
}

// start runs a program until stop is called or the context ends.
func start(ctx context.Context, name, log string, env []string, arguments ...string) (*process, error) {
	file, err := os.Create(log)
	if err != nil {
		return nil, fmt.Errorf("making the log of %s: %w", name, err)
	}
	defer file.Close()
	c := exec.CommandContext(ctx, arguments[0], arguments[1:]...)
	c.Stdout, c.Stderr = file, file
	c.Env = append(os.Environ(), env...)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = 5 * time.Second
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	p := &process{name: name, log: log, command: c, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		_ = c.Wait() // how it ended is in the log
	}()
	return p, nil
}

// stop ends the process and waits for it.
func (p *process) stop() {
	_ = p.command.Process.Signal(syscall.SIGTERM)
	<-p.ended
}

// await asks ready ten times a second, for at most 30 s, until it is true.
func (p *process) await(ctx context.Context, ready func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !ready() {
		select {
		case <-tick.C:
		case <-p.ended:
			return fmt.Errorf("starting %s: it ended; its log is %s", p.name, p.log)
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s, whose log is %s: %w", p.name, p.log, ctx.Err())
		}
	}
	return nil
}
