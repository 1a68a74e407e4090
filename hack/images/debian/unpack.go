package debian

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"regexp"
)

// Contents calls unpack with the files of a package as a tar stream.
func Contents(ctx context.Context, file string, unpack func(io.Reader) error) error {
	cmd := exec.CommandContext(ctx, "dpkg-deb", "--fsys-tarfile", file)
	stream, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("unpacking %s: %w", file, err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("unpacking %s: %w", file, err)
	}
	unpackErr := unpack(stream)
	// Drained, because dpkg-deb would otherwise end with a broken pipe after the
	// end marker of the archive.
	_, _ = io.Copy(io.Discard, stream)
	if err := cmd.Wait(); unpackErr == nil && err != nil {
		return fmt.Errorf("unpacking %s: %w", file, err)
	}
	if unpackErr != nil {
		return fmt.Errorf("unpacking %s: %w", file, unpackErr)
	}
	return nil
}

// unneeded is what no program reads when it runs in a container: documentation,
// translations, character set converters and compiler input.
var unneeded = regexp.MustCompile(`^/usr/(share/(doc|man|locale|info|lintian|bug|i18n|bash-completion|perl5|postgresql-common)/` +
	`|lib/[^/]+/gconv/|lib/postgresql/\d+/lib/bitcode/)`)

// Needed reports whether a running program may need the file with this absolute
// path.
func Needed(path string) bool { return !unneeded.MatchString(path) }
