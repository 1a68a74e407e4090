//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fairlead-dev/fairlead/hack/cluster/spec"
)

// supervisor starts processes and starts them again. Being process 1 it also collects whatever else ends in the box, and therefore waits for
// all children itself instead of leaving each to package os/exec.
type supervisor struct {
	logs    string
	mu      sync.Mutex
	running map[int]spec.Process
}

// supervise never returns unless it cannot begin.
func supervise(ctx context.Context, box spec.Box) error {
	s := &supervisor{logs: filepath.Join(box.Mount, spec.Log), running: map[int]spec.Process{}}
	client, err := newClient(box.Authority)
	if err != nil {
		return err
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	for _, process := range box.Processes {
		if err := os.Remove(s.log(process)); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("removing an old log: %w", err)
		}
		go func() {
			await(ctx, process.After, client)
			s.start(process)
		}()
	}
	for range ended {
		s.collect()
	}
	return nil
}

func (s *supervisor) log(process spec.Process) string {
	return filepath.Join(s.logs, process.Name+".log")
}

// start starts a process, or says in its log why it could not and tries again later. It holds the lock from before the process exists until it is
// known, so that collect cannot miss it.
func (s *supervisor) start(process spec.Process) {
	log, err := os.OpenFile(s.log(process), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		fmt.Fprintf(os.Stderr, "box: opening the log of %s: %v\n", process.Name, err)
		s.again(process)
		return
	}
	defer log.Close()
	path, err := exec.LookPath(process.Name)
	if err != nil {
		fmt.Fprintf(log, "box: %v\n", err)
		s.again(process)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	started, err := os.StartProcess(path, append([]string{process.Name}, process.Arguments...), &os.ProcAttr{
		Dir: "/", Files: []*os.File{nil, log, log}, Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		fmt.Fprintf(log, "box: %v\n", err)
		s.again(process)
		return
	}
	s.running[started.Pid] = process
	_ = started.Release() // collect waits for it
}

// collect waits for every child that has ended; one of ours will be started again.
func (s *supervisor) collect() {
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, unix.WNOHANG, nil)
		if err != nil || pid <= 0 {
			return
		}
		s.mu.Lock()
		process, ours := s.running[pid]
		delete(s.running, pid)
		s.mu.Unlock()
		if ours {
			fmt.Fprintf(os.Stderr, "box: %s %s ended: exit code %d, signal %d\n",
				time.Now().Format(time.TimeOnly), process.Name, status.ExitStatus(), status.Signal())
			s.again(process)
		}
	}
}

// again starts a process in a second.
func (s *supervisor) again(process spec.Process) {
	time.AfterFunc(time.Second, func() { s.start(process) })
}
