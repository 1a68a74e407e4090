package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fairlead-dev/fairlead/hack/images"
)

// mostBytes is what an image may have at most, compressed, for each platform.
const mostBytes = 40 << 20

// imageCommand returns "image", which makes the product's image for release.
func imageCommand() *cobra.Command {
	release := images.Release{}
	var output string
	command := &cobra.Command{
		Use:   "image",
		Short: "Make the product's image for several architectures, without a container engine",
		Long: `Make the image that the Dockerfile describes, for several architectures, as one archive that containerd, podman, skopeo and Docker
import. The same commit and the same Go give the same digest.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return makeImage(command.Context(), release, output)
		},
	}
	flags := command.Flags()
	flags.StringVar(&release.Version, "version", "", "version, which is the image's tag")
	flags.StringVar(&release.Repository, "repository", "ghcr.io/fairlead-dev/fairlead", "name of the image")
	flags.StringSliceVar(&release.Architectures, "arch", []string{"amd64", "arm64"}, "architectures, by Go's names")
	flags.StringVarP(&output, "output", "o", "dist", "folder of the archive, seen from the root of the repository")
	_ = command.MarkFlagRequired("version")
	return command
}

func makeImage(ctx context.Context, release images.Release, output string) error {
	builder, err := newBuilder(len(release.Architectures))
	if err != nil {
		return err
	}
	if !filepath.IsAbs(output) {
		output = filepath.Join(builder.Root(), output)
	}
	if err := os.MkdirAll(output, 0o755); err != nil {
		return fmt.Errorf("making the folder of the archive: %w", err)
	}
	release.Revision = revision(ctx, builder.Root())
	path := filepath.Join(output, "fairlead-"+release.Version+".tar")
	made, err := images.New(builder).Release(ctx, release, path)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "%s@%s\n", made.Ref, made.Digest)
	for _, p := range made.Platforms {
		fmt.Fprintf(os.Stdout, "  %-12s  %5.1f MB compressed  %s\n", p.Name, float64(p.Bytes)/1e6, p.Digest)
		if p.Bytes > mostBytes {
			return fmt.Errorf("measuring the image for %s: expected at most %d bytes, found %d", p.Name, mostBytes, p.Bytes)
		}
	}
	fmt.Fprintf(os.Stdout, "in %s\n", path)
	return nil
}

// revision is the commit that is checked out; empty where that is no repository of git's, or where something was changed since.
func revision(ctx context.Context, root string) string {
	if exec.CommandContext(ctx, "git", "-C", root, "diff", "--quiet", "HEAD").Run() != nil {
		return ""
	}
	out, err := exec.CommandContext(ctx, "git", "-C", root, "rev-parse", "HEAD").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
