package bench

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// process is a program that was started to be measured.
type process struct{ command *exec.Cmd }

// start runs a program until ctx ends or stop is called. What it says goes to log. How the garbage of this program is collected, which
// the Makefile says to build it quickly, is nothing to the programs that are measured.
func start(ctx context.Context, log io.Writer, env []string, name string, args ...string) (*process, error) {
	c := exec.CommandContext(ctx, name, args...)
	c.Stdout, c.Stderr = log, log
	ours := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GOGC=") })
	c.Env = append(ours, env...)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = 15 * time.Second
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	return &process{command: c}, nil
}

// stop ends the process and waits for it.
func (p *process) stop() {
	_ = p.command.Process.Signal(syscall.SIGTERM)
	_ = p.command.Wait()
}

// pid of the process.
func (p *process) pid() int { return p.command.Process.Pid }

// cpu is the time that all threads of a process have run since it began.
func cpu(pid int) (time.Duration, error) {
	const sched = 2 // CPUCLOCK_SCHED: the scheduler's own account, in nanoseconds
	var spent unix.Timespec
	// A process's clock is named as clock_getcpuclockid(3) does it.
	if err := unix.ClockGettime(int32(^pid<<3|sched), &spent); err != nil {
		return 0, fmt.Errorf("reading CPU time of process %d: %w", pid, err)
	}
	return time.Duration(spent.Nano()), nil
}

// Lines of /proc/PID/status: what a process has in memory, and the most that it ever had.
// Source: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
const (
	residentNow  = "VmRSS:"
	residentPeak = "VmHWM:"
)

// memoryOf reads one of these lines, in bytes.
func memoryOf(pid int, line string) (int64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("reading memory of process %d: %w", pid, err)
	}
	for l := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(l, line); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kib * 1024, err
		}
	}
	return 0, fmt.Errorf("reading memory of process %d: no %s", pid, line)
}

// freeAddress is a loopback address with a port that was free a moment ago.
func freeAddress(ctx context.Context) (string, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("finding a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}
