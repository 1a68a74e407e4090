//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/fairlead-dev/fairlead/hack/cluster/spec"
)

// enter runs a command inside the box, with the caller's standard streams and the box's $PATH. The command's exit status becomes ours.
func enter(ctx context.Context, state string, arguments []string) error {
	if len(arguments) == 0 {
		return errors.New("no command to run in the box")
	}
	var box spec.Box
	if err := spec.Read(state, spec.File, &box); err != nil {
		return err
	}
	var pids spec.Pids
	if err := spec.Read(state, spec.Running, &pids); err != nil {
		return err
	}
	// Namespaces belong to a thread, and this one will start the command.
	runtime.LockOSThread()
	process, err := unix.PidfdOpen(pids.Init, 0)
	if err != nil {
		return fmt.Errorf("finding the box: %w", err)
	}
	if err := unix.Unshare(unix.CLONE_FS); err != nil { // a thread that shares its working directory may not change its mounts
		return fmt.Errorf("preparing to enter the box: %w", err)
	}
	if err := unix.Setns(process, namespaces); err != nil {
		return fmt.Errorf("entering the box: %w", err)
	}
	if err := os.Setenv("PATH", box.Path); err != nil {
		return fmt.Errorf("setting the path: %w", err)
	}
	// The terminal sends its signals to the command as well, which decides what to do about them.
	command := exec.CommandContext(context.WithoutCancel(ctx), arguments[0], arguments[1:]...)
	command.Dir = "/"
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	return command.Run()
}
