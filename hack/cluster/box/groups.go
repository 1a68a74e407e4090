//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// groupRoot is where control groups are mounted on every distribution.
const groupRoot = "/sys/fs/cgroup"

// hierarchy is one tree of control groups: version 1 has one for each set of controllers, version 2 a single one.
type hierarchy struct {
	// controllers are the mount option of a version 1 tree, such as "cpu,cpuacct" or "name=systemd"; empty for version 2.
	controllers string
	// path is the group of this process, from the root of the tree.
	path string
}

// dir is where the tree is mounted.
func (h hierarchy) dir() string {
	return filepath.Join(groupRoot, strings.TrimPrefix(h.controllers, "name="))
}

// unified reports whether the machine has control groups of version 2 (and not the hybrid set-up, whose version 2 tree has no controllers).
func unified() bool {
	var stat unix.Statfs_t
	return unix.Statfs(groupRoot, &stat) == nil && stat.Type == unix.CGROUP2_SUPER_MAGIC
}

// hierarchies reads the trees in use from the text of /proc/self/cgroup: lines of "id:controllers:path" (cgroups(7)).
func hierarchies(text string, unified bool) []hierarchy {
	var all []hierarchy
	for line := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 || (parts[1] == "") != unified {
			continue
		}
		all = append(all, hierarchy{controllers: parts[1], path: parts[2]})
	}
	return all
}

// joinGroups makes the box's groups and puts this process into them. It returns the groups it came from, and those of the box.
//
// In version 1 the box's groups are below this process's own, so that limits on the caller hold for the cluster. In version 2 a group with
// processes cannot have controlled children, so the box's group is at the root.
func joinGroups(ctx context.Context, name string) (own, box []string, err error) {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, nil, fmt.Errorf("reading the control groups: %w", err)
	}
	v2 := unified()
	for _, h := range hierarchies(string(text), v2) {
		if _, err := os.Stat(h.dir()); err != nil {
			continue // a tree that is not mounted here: nobody can use it, and nobody will miss it
		}
		from, to := filepath.Join(h.dir(), h.path), filepath.Join(h.dir(), h.path, name)
		if v2 {
			to = filepath.Join(groupRoot, name)
		}
		// Of a box that was killed with the machine's other processes, the groups of its containers are left. The kubelet would ask after
		// each of them, seconds for one, before the node is ready.
		removeGroup(to)
		if err := makeGroup(ctx, to, h, v2); err != nil {
			return nil, nil, err
		}
		own, box = append(own, from), append(box, to)
	}
	return own, box, enterGroups(box)
}

// makeGroup makes one group and sees to it that it can control what its parent controls.
func makeGroup(ctx context.Context, dir string, h hierarchy, v2 bool) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making a control group: %w", err)
	}
	if v2 {
		return delegate(ctx, filepath.Dir(dir))
	}
	if h.controllers != "cpuset" {
		return nil
	}
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} { // empty at first, and then no process may enter
		value, err := os.ReadFile(filepath.Join(filepath.Dir(dir), file))
		if err != nil {
			return fmt.Errorf("reading the parent's processors: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), value, 0o644); err != nil {
			return fmt.Errorf("setting the box's processors: %w", err)
		}
	}
	return nil
}

// delegate lets the children of a version 2 group use all controllers that the group has. It tries for a while, because the kernel
// refuses as long as a process is in the group itself, and the one that made the box is about to leave.
func delegate(ctx context.Context, dir string) error {
	available, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return fmt.Errorf("reading the controllers: %w", err)
	}
	for _, controller := range strings.Fields(string(available)) {
		trying, cancel := context.WithTimeout(ctx, 2*time.Second)
		poll(trying, func() bool {
			err = os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+controller), 0o644)
			return !errors.Is(err, unix.EBUSY)
		})
		cancel()
		if err != nil {
			return fmt.Errorf("letting groups below %s use the controller %s (a container has to be started with --cgroupns=host): %w",
				dir, controller, err)
		}
	}
	return nil
}

// enterGroups moves this process into groups.
func enterGroups(dirs []string) error {
	for _, dir := range dirs {
		if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(os.Getpid())), 0o644); err != nil {
			return fmt.Errorf("entering a control group: %w", err)
		}
	}
	return nil
}

// removeGroups removes groups and all below them, from the leaves up. Processes that were killed stay in their group for a moment, so it
// tries for two seconds; what then remains the next box of the same name removes.
func removeGroups(ctx context.Context, dirs []string) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	for _, dir := range dirs {
		poll(ctx, func() bool { return removeGroup(dir) })
	}
}

func removeGroup(dir string) bool {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	for _, entry := range entries {
		if entry.IsDir() {
			removeGroup(filepath.Join(dir, entry.Name()))
		}
	}
	return unix.Rmdir(dir) == nil
}
