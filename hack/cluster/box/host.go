//go:build linux

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/fairlead-dev/fairlead/hack/cluster/spec"
)

// namespaces are those that the box has for itself. Users are not among them: its processes are root, and need to be.
const namespaces = unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWCGROUP

// listener is the file descriptor on which the caller hands over the socket whose connections are forwarded.
const listener = 3

// host runs the box from outside, until it or the context ends. It holds the lock by which others see that the box runs; everything
// else ends with it, since process 1 of the namespaces is killed by the kernel when its parent dies.
func host(ctx context.Context, state string) error {
	var box spec.Box
	if err := spec.Read(state, spec.File, &box); err != nil {
		return err
	}
	lock, err := os.OpenFile(filepath.Join(state, spec.Lock), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return fmt.Errorf("opening the lock: %w", err)
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return fmt.Errorf("locking %s (is the box running already?): %w", lock.Name(), err)
	}
	command, pids, err := start(ctx, state, box)
	if err != nil {
		return err
	}
	defer removeGroups(context.WithoutCancel(ctx), pids.Groups)
	if err := spec.Write(state, spec.Running, pids); err != nil {
		return err
	}
	if err := forward(ctx, box.Forward, pids.Init); err != nil {
		return err
	}
	if err := command.Wait(); ctx.Err() == nil {
		return fmt.Errorf("running the box: %w", err)
	}
	return nil
}

// start makes the namespaces. The root of a control group namespace is the group that the process is in when it is made, so this process
// goes into the box's groups for just that moment.
func start(ctx context.Context, state string, box spec.Box) (*exec.Cmd, spec.Pids, error) {
	// The kernel ends the child when the thread that started it ends, so that thread must stay: this one is never unlocked.
	runtime.LockOSThread()
	own, groups, err := joinGroups(ctx, box.Name)
	if err != nil {
		return nil, spec.Pids{}, err
	}
	command := exec.CommandContext(ctx, "/proc/self/exe", "init", state)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces, Pdeathsig: syscall.SIGKILL}
	err = command.Start()
	if left := enterGroups(own); err == nil {
		err = left
	}
	if err != nil {
		return nil, spec.Pids{}, fmt.Errorf("making the namespaces: %w", err)
	}
	return command, spec.Pids{Host: os.Getpid(), Init: command.Process.Pid, Groups: groups}, nil
}

// forward passes connections of the inherited listener on to an address inside the network namespace of a process.
func forward(ctx context.Context, address string, pid int) error {
	file := os.NewFile(listener, "listener")
	accepting, err := net.FileListener(file)
	if err != nil {
		return fmt.Errorf("taking over the listener: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("taking over the listener: %w", err)
	}
	namespace, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return fmt.Errorf("opening the network namespace: %w", err)
	}
	connections := make(chan net.Conn)
	go dialer(ctx, int(namespace.Fd()), address, connections)
	go func() {
		defer namespace.Close()
		for {
			connection, err := accepting.Accept()
			if err != nil {
				return
			}
			connections <- connection
		}
	}()
	return nil
}

// dialer connects from inside a network namespace on behalf of everyone: only the thread that makes a socket has to be in there, and
// a connection to an address of the same machine is made at once or never.
func dialer(ctx context.Context, namespace int, address string, connections <-chan net.Conn) {
	runtime.LockOSThread()
	if err := unix.Setns(namespace, unix.CLONE_NEWNET); err != nil {
		fmt.Fprintf(os.Stderr, "box: entering the network namespace: %v\n", err)
		return
	}
	var way net.Dialer
	for outside := range connections {
		inside, err := way.DialContext(ctx, "tcp", address)
		if err != nil { // nobody listens yet, which the client sees as a closed connection
			outside.Close()
			continue
		}
		go relay(outside, inside)
	}
}
