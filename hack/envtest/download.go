package envtest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/tools/setup-envtest/remote"
	"sigs.k8s.io/controller-runtime/tools/setup-envtest/versions"

	"github.com/fairlead-dev/fairlead/hack/build"
)

const (
	// answerWithin is how long the index may take; where there is no way to it, nobody wants to wait for that.
	answerWithin = 3 * time.Second
	// arriveWithin is how long the 60 MB of programs may take, which is less than half of what compiling takes.
	arriveWithin = time.Minute
)

// download returns a directory of the cache with the newest published programs that are not newer than the cluster's.
func download(ctx context.Context, cache *build.Cache) (string, error) {
	client := &remote.HTTPClient{}
	asking, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	published, err := client.ListVersions(asking)
	if err != nil {
		return "", errors.New("the index cannot be reached")
	}
	version, platform, err := choose(published)
	if err != nil {
		return "", err
	}
	fetching, cancel := context.WithTimeout(ctx, arriveWithin)
	defer cancel()
	key := build.NewKey("envtest", version.String(), runtime.GOOS, runtime.GOARCH)
	dir, _, err := cache.Entry(ctx, "envtest", key, func(dir string) error {
		var archive bytes.Buffer
		if err := client.GetVersion(fetching, version, platform, &archive); err != nil {
			return fmt.Errorf("downloading version %s: %w", version, err)
		}
		return unpack(&archive, dir)
	})
	return dir, err
}

// choose returns the newest version for this platform that is not newer than the Kubernetes that we build. Versions come newest first.
func choose(published []versions.Set) (versions.Concrete, versions.PlatformItem, error) {
	wanted, _ := versions.ExtractWithPlatform(versions.ArchiveRE, "envtest-"+build.KubernetesVersion+"-linux-amd64.tar.gz")
	for _, set := range published {
		if wanted == nil || (set.Version.Compare(*wanted) > 0 && set.Version.Minor != wanted.Minor) {
			continue
		}
		at := slices.IndexFunc(set.Platforms, func(item versions.PlatformItem) bool {
			return item.OS == runtime.GOOS && item.Arch == runtime.GOARCH
		})
		if at >= 0 {
			return set.Version, set.Platforms[at], nil
		}
	}
	return versions.Concrete{}, versions.PlatformItem{}, fmt.Errorf("nothing for %s/%s", runtime.GOOS, runtime.GOARCH)
}

// unpack takes the programs out of a compressed tar archive, whatever folder they are in there.
func unpack(archive io.Reader, dir string) error {
	plain, err := gzip.NewReader(archive)
	if err != nil {
		return fmt.Errorf("decompressing the programs: %w", err)
	}
	reader := tar.NewReader(plain)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("unpacking the programs: %w", err)
		}
		if name := path.Base(header.Name); header.Typeflag == tar.TypeReg && slices.Contains(programs[:], name) {
			if err := write(filepath.Join(dir, name), reader); err != nil {
				return err
			}
		}
	}
	if !complete(dir) {
		return errors.New("unpacking the programs: some are missing in the archive")
	}
	return nil
}

func write(path string, content io.Reader) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return fmt.Errorf("unpacking a program: %w", err)
	}
	if _, err := io.Copy(file, content); err != nil {
		file.Close()
		return fmt.Errorf("unpacking a program: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("unpacking a program: %w", err)
	}
	return nil
}
