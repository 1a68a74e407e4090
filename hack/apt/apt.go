// Package apt installs system packages on Debian and Ubuntu.
package apt

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/fairlead-dev/fairlead/hack/progress"
)

// Install installs packages with apt-get, and says so in the step. It never removes or replaces a package, so that whatever provides the same
// program on this machine stays. Where there is no apt-get, or no root, the error names the packages.
func Install(ctx context.Context, step *progress.Step, packages ...string) error {
	list := strings.Join(packages, " ")
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("finding apt-get: install by hand what Debian calls %s: %w", list, err)
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("installing packages needs root: run \"sudo apt-get install %s\"", list)
	}
	step.Println("apt-get install %s", list)
	// A fresh machine is often busy updating itself, and done with that soon.
	install := append([]string{"install", "--yes", "--no-install-recommends", "--no-remove", "--option=DPkg::Lock::Timeout=120"}, packages...)
	if run(ctx, install...) == nil {
		return nil
	}
	// Lists of packages that are old or missing are the usual reason.
	if err := run(ctx, "update"); err != nil {
		return err
	}
	return run(ctx, install...)
}

func run(ctx context.Context, arguments ...string) error {
	command := exec.CommandContext(ctx, "apt-get", arguments...)
	command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("running apt-get %s: %w: %s", strings.Join(arguments, " "), err, last(out))
	}
	return nil
}

// last returns the end of a long output.
func last(out []byte) []byte {
	out = bytes.TrimSpace(out)
	return out[max(0, len(out)-1000):]
}
