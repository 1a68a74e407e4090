// Package release brings back what was released before, from the history of the repository.
package release

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/fairlead-dev/fairlead/hack/build"
)

// Previous is the commit of version 0.1.0, from which people upgrade.
const Previous = "cbc4789b168dc7e034f24bdf241cbdc2f09340a1"

// ErrNoHistory says that the repository does not have the commit, as a shallow clone does not.
var ErrNoHistory = errors.New("the history of the repository does not have it")

// Checkout returns a folder of the builder's cache with the tree of a commit of its repository. The error wraps ErrNoHistory where
// the repository does not know the commit.
func Checkout(ctx context.Context, b *build.Builder, commit string) (string, error) {
	dir, _, err := b.Cache().Entry(ctx, "release", build.NewKey().Text(commit), func(dir string) error {
		return unpack(ctx, b.Root(), commit, dir)
	})
	if err != nil {
		return "", fmt.Errorf("checking out commit %s: %w", commit, err)
	}
	return dir, nil
}

func unpack(ctx context.Context, repository, commit, dir string) error {
	git := func(args ...string) *exec.Cmd {
		return exec.CommandContext(ctx, "git", append([]string{"-C", repository}, args...)...)
	}
	if git("cat-file", "-e", commit+"^{commit}").Run() != nil {
		return ErrNoHistory
	}
	archive, tar := git("archive", "--format=tar", commit), exec.CommandContext(ctx, "tar", "-x", "-C", dir)
	pipe, err := archive.StdoutPipe()
	if err != nil {
		return fmt.Errorf("preparing git archive: %w", err)
	}
	tar.Stdin, tar.Stderr, archive.Stderr = pipe, os.Stderr, os.Stderr
	if err := archive.Start(); err != nil {
		return fmt.Errorf("running git archive: %w", err)
	}
	return errors.Join(tar.Run(), archive.Wait())
}
