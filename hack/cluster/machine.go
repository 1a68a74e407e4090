package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/fairlead-dev/fairlead/hack/apt"
	"github.com/fairlead-dev/fairlead/hack/progress"
)

// systemProgram is something that the cluster runs but that is not built here: what the package systems of all distributions have is
// installed in seconds.
type systemProgram struct {
	name    string
	pack    string // in Debian and Ubuntu
	present func() bool
}

// systemPrograms returns what a node needs.
func systemPrograms() []systemProgram {
	onPath := func(name string) func() bool {
		return func() bool {
			_, err := exec.LookPath(name)
			return err == nil
		}
	}
	return []systemProgram{
		{"nft", "nftables", onPath("nft")},
		{"runc", "runc", onPath("runc")},
		{"mount", "mount", onPath("mount")},
		{"the CNI plugins ptp, host-local and loopback", "containernetworking-plugins", func() bool { return networkPlugins() != "" }},
	}
}

// networkPlugins returns the folder that has the CNI plugins, or nothing.
func networkPlugins() string {
	for _, dir := range []string{"/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"} {
		complete := true
		for _, plugin := range []string{"ptp", "host-local", "loopback"} {
			_, err := os.Stat(filepath.Join(dir, plugin))
			complete = complete && err == nil
		}
		if complete {
			return dir
		}
	}
	return ""
}

// prepareMachine finds out, before anything is built, whether the cluster can run here, and installs what is missing. An error says
// what to do.
func prepareMachine(ctx context.Context, step *progress.Step, cache string, options Options) error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("a local cluster needs Linux, and this is %s: use a cluster that you have (CLUSTER=current)", runtime.GOOS)
	}
	if os.Geteuid() != 0 {
		return errors.New("a local cluster needs root: run the same command with \"sudo -E\", or use a cluster that you have (CLUSTER=current)")
	}
	if options.ControlPlaneOnly {
		return nil
	}
	if err := checkDisk(ctx, cache); err != nil {
		return err
	}
	return installMissing(ctx, step, systemPrograms())
}

// checkDisk makes sure that images can be unpacked in the cache directory: layers are joined by overlayfs, which cannot lie on itself.
func checkDisk(ctx context.Context, cache string) error {
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return fmt.Errorf("making the cache directory: %w", err)
	}
	kind, err := exec.CommandContext(ctx, "stat", "--file-system", "--format=%T", cache).Output()
	if err != nil {
		return fmt.Errorf("asking for the file system of %s: %w", cache, err)
	}
	if strings.TrimSpace(string(kind)) == "overlayfs" {
		return fmt.Errorf("%s is on an overlayfs, as in a container: set FAIRLEAD_CACHE to a folder on a disk or a volume", cache)
	}
	return nil
}

// installMissing installs the packages of missing programs.
func installMissing(ctx context.Context, step *progress.Step, wanted []systemProgram) error {
	var names, packages []string
	for _, program := range wanted {
		if !program.present() {
			names, packages = append(names, program.name), append(packages, program.pack)
		}
	}
	if len(packages) == 0 {
		return nil
	}
	if err := apt.Install(ctx, step, packages...); err != nil {
		return fmt.Errorf("installing %s: %w", strings.Join(names, ", "), err)
	}
	for _, program := range wanted {
		if !program.present() {
			return fmt.Errorf("looking for %s: it is not there although package %s is installed", program.name, program.pack)
		}
	}
	return nil
}
