package storetest

import (
	"bytes"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// process is a server with the processes that it forked.
type process struct {
	cmd *exec.Cmd
	// ended is closed when the server has ended, with err saying how.
	ended chan struct{}
	err   error
}

// startProcess keeps a thread for the server's life: the kernel sends Pdeathsig when the thread that forked it ends, which the Go
// runtime is otherwise free to do at any time.
func startProcess(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		close(p.ended)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// signal reaches the server alone. One that has ended is beyond signals, which is no error.
func (p *process) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// signalTree reaches the server, then the processes that it forked, which have sessions of their own.
func (p *process) signalTree(s syscall.Signal) []int {
	select {
	case <-p.ended:
		return nil
	default:
	}
	p.signal(s)
	children := childrenOf(p.cmd.Process.Pid)
	for _, pid := range children {
		_ = syscall.Kill(pid, s)
	}
	return children
}

// kill stops the tree first, so that the server forks no more.
func (p *process) kill() {
	children := p.signalTree(syscall.SIGSTOP)
	p.signal(syscall.SIGKILL)
	for _, pid := range children {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	<-p.ended
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for _, pid := range children {
		for alive(pid) {
			<-tick.C
		}
	}
}

// childrenOf reads the kernel's list, which needs no scan of all processes.
func childrenOf(pid int) []int {
	id := strconv.Itoa(pid)
	list, err := os.ReadFile("/proc/" + id + "/task/" + id + "/children")
	if err != nil {
		return nil
	}
	var children []int
	for field := range bytes.FieldsSeq(list) {
		if child, err := strconv.Atoi(string(field)); err == nil {
			children = append(children, child)
		}
	}
	return children
}

// alive is false for a zombie too: in a container nobody may ever reap it.
func alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	// The state follows the name in brackets, which may itself hold brackets and spaces.
	_, rest, found := bytes.Cut(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" "))
	return found && len(rest) > 0 && rest[0] != 'Z' && rest[0] != 'X'
}
