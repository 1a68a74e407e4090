package images

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/images/debian"
	"github.com/fairlead-dev/fairlead/hack/progress"
)

// databaseUser is the number of the user that Redis and PostgreSQL run as in the
// official images on Debian: https://github.com/docker-library/postgres
const databaseUser = 999

// shellPrograms are the commands that a probe or an init container may call.
// One static program, busybox, is all of them.
var shellPrograms = []string{
	"sh", "cat", "chmod", "cp", "date", "echo", "env", "find", "grep", "head", "hostname", "id", "ls", "mkdir", "mv", "printf", "ps",
	"rm", "rmdir", "sed", "sha256sum", "sleep", "sort", "stat", "sync", "tail", "test", "touch", "tr", "true", "wc",
}

// Redis makes the image localhost/redis:MAJOR from the packages of this
// machine's distribution. Like the official image it runs redis-server as user
// 999 with /data as its working directory, and has a shell.
func (m *Maker) Redis(ctx context.Context) (archive Archive, err error) {
	err = debian.WithLists(ctx, func() error {
		packages, err := debian.Resolve(ctx, "redis-server", "redis-tools", "busybox-static")
		if err != nil {
			return fmt.Errorf("resolving the packages of Redis: %w", err)
		}
		archive, err = m.packaged(ctx, "redis", majorOf(packages, "redis-server"), packages, redis)
		return err
	})
	return archive, err
}

func redis(tree *Tree) v1.Config {
	a := account{name: "redis", id: databaseUser, home: "/data"}
	tree.accounts(a)
	tree.Directory("/data", 0o755, databaseUser)
	return v1.Config{
		User: a.user(), WorkingDir: "/data", Env: []string{defaultPath}, Cmd: []string{"redis-server"},
		ExposedPorts: map[string]struct{}{"6379/tcp": {}},
	}
}

// Postgres makes the image localhost/postgres:MAJOR from the packages of this
// machine's distribution, whose default version it takes. Like the official
// image it has user 999, PGDATA, a shell, and initdb in its PATH.
func (m *Maker) Postgres(ctx context.Context) (archive Archive, err error) {
	err = debian.WithLists(ctx, func() error {
		packages, major, err := postgresPackages(ctx)
		if err != nil {
			return fmt.Errorf("resolving the packages of PostgreSQL: %w", err)
		}
		archive, err = m.packaged(ctx, "postgres", major, packages, func(tree *Tree) v1.Config { return postgres(tree, major) })
		return err
	})
	return archive, err
}

// postgresPackages returns the packages of the distribution's own major version,
// which the metapackage postgresql carries in its own version.
func postgresPackages(ctx context.Context) (packages []debian.Package, major string, err error) {
	meta, err := debian.Resolve(ctx, "postgresql")
	if err != nil {
		return nil, "", err
	}
	major = majorOf(meta, "postgresql")
	packages, err = debian.Resolve(ctx, "postgresql-"+major, "postgresql-client-"+major, "busybox-static", "libc-bin", "tzdata")
	return packages, major, err
}

func postgres(tree *Tree, major string) v1.Config {
	a := account{name: "postgres", id: databaseUser, home: "/var/lib/postgresql"}
	tree.accounts(a)
	tree.Directory("/var/lib/postgresql", 0o755, databaseUser)
	tree.Directory("/var/lib/postgresql/data", 0o700, databaseUser)
	tree.Directory("/var/run/postgresql", 0o777, databaseUser)
	bin := "/usr/lib/postgresql/" + major + "/bin"
	return v1.Config{
		User: a.user(), Cmd: []string{"postgres"}, StopSignal: "SIGINT",
		Env:          []string{"PATH=" + bin + ":/usr/bin", "PGDATA=/var/lib/postgresql/data", "LANG=C.UTF-8"},
		ExposedPorts: map[string]struct{}{"5432/tcp": {}},
	}
}

// packaged makes the image localhost/NAME:MAJOR of packages; finish adds what
// they leave to their installation scripts.
func (m *Maker) packaged(ctx context.Context, name, major string, packages []debian.Package, finish func(*Tree) v1.Config) (Archive, error) {
	key := build.NewKey()
	for _, p := range packages {
		key.Text(p.String())
	}
	ref := "localhost/" + name + ":" + major
	return m.archive(ctx, name, ref, key, func(step *progress.Step) (Image, error) {
		step.Status("fetching %d packages", len(packages))
		files, err := debian.Download(ctx, filepath.Join(m.builder.Cache().Dir(), "packages"), packages)
		if err != nil {
			return Image{}, err
		}
		step.Status("unpacking %d packages", len(packages))
		tree, err := unpack(ctx, files)
		if err != nil {
			return Image{}, err
		}
		return Image{Ref: ref, Config: finish(tree), Tree: tree}, nil
	})
}

// unpack makes a tree of package files and a shell. A command that a package has
// itself stays.
func unpack(ctx context.Context, files []string) (*Tree, error) {
	tree := NewTree()
	for _, f := range files {
		add := func(r io.Reader) error { return tree.Unpack(r, debian.Needed) }
		if err := debian.Contents(ctx, f, add); err != nil {
			return nil, err
		}
	}
	for _, p := range shellPrograms {
		if !tree.Has("/bin/" + p) {
			tree.Link("/bin/"+p, "busybox")
		}
	}
	return tree, nil
}

func majorOf(packages []debian.Package, name string) string {
	i := slices.IndexFunc(packages, func(p debian.Package) bool { return p.Name == name })
	if i < 0 {
		return "0"
	}
	return packages[i].Major()
}
