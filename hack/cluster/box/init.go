//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/fairlead-dev/fairlead/hack/cluster/spec"
)

// initialize is process 1 of the box: it sets up what the namespaces see, starts the processes and looks after them for ever.
func initialize(ctx context.Context, state string) error {
	var box spec.Box
	if err := spec.Read(state, spec.File, &box); err != nil {
		return err
	}
	// Signals that a careless script sends to everyone must not end the machine; its host kills it.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	if err := unix.Sethostname([]byte(box.Name)); err != nil {
		return fmt.Errorf("setting the host name: %w", err)
	}
	if err := mountAll(ctx, box); err != nil {
		return err
	}
	if err := connect(box); err != nil {
		return err
	}
	os.Clearenv()
	for name, value := range map[string]string{"PATH": box.Path, "HOME": "/root", "TMPDIR": "/tmp"} {
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("setting the environment: %w", err)
		}
	}
	return supervise(ctx, box)
}
