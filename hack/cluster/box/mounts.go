//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/fairlead-dev/fairlead/hack/cluster/spec"
)

// mountAll gives the box its own view of /proc, /sys, control groups and /run over the host's file system. Nothing of it shows outside.
func mountAll(ctx context.Context, box spec.Box) error {
	// First cut the tie to the host's mounts, then share within: volumes that the kubelet mounts must show in containers.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("cutting the tie to the host's mounts: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, ""); err != nil {
		return fmt.Errorf("sharing mounts within the box: %w", err)
	}
	groups, err := os.ReadFile("/proc/self/cgroup") // as the new namespace sees it, and readable before /proc changes
	if err != nil {
		return fmt.Errorf("reading the control groups: %w", err)
	}
	v2 := unified()
	for _, fs := range []struct{ kind, dir string }{{"proc", "/proc"}, {"sysfs", "/sys"}} {
		if err := unix.Mount(fs.kind, fs.dir, fs.kind, unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
			return fmt.Errorf("mounting %s: %w", fs.dir, err)
		}
	}
	if err := mountGroups(ctx, string(groups), v2); err != nil {
		return err
	}
	if err := mountState(box); err != nil {
		return err
	}
	return pretend(box)
}

// mountGroups mounts the trees of control groups the way the host has them, with the box's groups as their roots.
func mountGroups(ctx context.Context, text string, v2 bool) error {
	if v2 {
		if err := unix.Mount("cgroup2", groupRoot, "cgroup2", 0, ""); err != nil {
			return fmt.Errorf("mounting the control groups: %w", err)
		}
		// Only a group without processes can have controlled children, so this process moves out of the way of all others.
		leaf := filepath.Join(groupRoot, "init")
		if err := os.MkdirAll(leaf, 0o755); err != nil {
			return fmt.Errorf("making a control group for process 1: %w", err)
		}
		if err := enterGroups([]string{leaf}); err != nil {
			return err
		}
		return delegate(ctx, groupRoot)
	}
	if err := unix.Mount("tmpfs", groupRoot, "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("making room for the control groups: %w", err)
	}
	for _, h := range hierarchies(text, false) {
		if err := mountTree(h); err != nil {
			return err
		}
	}
	return nil
}

// mountTree mounts one version 1 tree, and links each of its controllers to it as distributions do.
func mountTree(h hierarchy) error {
	if err := os.Mkdir(h.dir(), 0o755); err != nil {
		return fmt.Errorf("making room for a tree of control groups: %w", err)
	}
	options := h.controllers
	if strings.HasPrefix(options, "name=") {
		options = "none," + options
	}
	if err := unix.Mount("cgroup", h.dir(), "cgroup", 0, options); err != nil {
		return fmt.Errorf("mounting the control groups of %s: %w", h.controllers, err)
	}
	names := strings.Split(h.controllers, ",")
	for _, name := range names {
		if len(names) == 1 {
			break
		}
		if err := os.Symlink(h.controllers, filepath.Join(groupRoot, name)); err != nil {
			return fmt.Errorf("naming the control groups of %s: %w", name, err)
		}
	}
	return nil
}

// mountState makes an empty /run and shows the state directory in it.
func mountState(box spec.Box) error {
	// A mount keeps pointing at its directory even when a new /run hides it, so hold on to the state through a file descriptor.
	state, err := os.Open(box.State)
	if err != nil {
		return fmt.Errorf("opening the state directory: %w", err)
	}
	defer state.Close()
	if err := unix.Mount("tmpfs", "/run", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return fmt.Errorf("mounting /run: %w", err)
	}
	if err := os.MkdirAll(box.Mount, 0o755); err != nil {
		return fmt.Errorf("making room for the state: %w", err)
	}
	if err := unix.Mount(fmt.Sprintf("/proc/self/fd/%d", state.Fd()), box.Mount, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("showing the state at %s: %w", box.Mount, err)
	}
	return nil
}

// pretend lays files with the wanted values over kernel settings that have no namespace.
func pretend(box spec.Box) error {
	folder := "/run/kernel"
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("making room for kernel settings: %w", err)
	}
	for name, value := range box.Kernel {
		over, fake := filepath.Join("/proc/sys", name), filepath.Join(folder, strings.ReplaceAll(name, "/", "."))
		if _, err := os.Stat(over); err != nil {
			continue // a kernel without this setting
		}
		if err := os.WriteFile(fake, []byte(value+"\n"), 0o644); err != nil {
			return fmt.Errorf("writing kernel setting %s: %w", name, err)
		}
		if err := unix.Mount(fake, over, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("showing kernel setting %s: %w", name, err)
		}
	}
	return nil
}
