//go:build linux

// Command box runs a machine made of Linux namespaces: processes, network, mounts, host name, IPC and control groups of its own, but no
// container engine and no image. It is to the cluster what a node container is to kind.
//
//	box host STATE          start the box that STATE/box.json describes, and forward connections into it, until told to stop
//	box init STATE          what "host" starts as process 1 of the namespaces
//	box in STATE COMMAND…   run a command inside
//	box stop STATE          stop the box and remove what it left
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: box host|init|in|stop STATE [COMMAND…]")
		os.Exit(2)
	}
	state, arguments := os.Args[2], os.Args[3:]
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	var err error
	switch os.Args[1] {
	case "host":
		err = host(ctx, state)
	case "init":
		err = initialize(ctx, state)
	case "in":
		err = enter(ctx, state, arguments)
	case "stop":
		err = stop(ctx, state)
	default:
		err = fmt.Errorf("unknown command %q", os.Args[1])
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "box: %v\n", err)
		os.Exit(1)
	}
}
