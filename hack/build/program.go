package build

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fairlead-dev/fairlead/hack/progress"
)

// Program is one or more commands of one Go module that are built together, without cgo unless Environment turns it on.
type Program struct {
	// Name names the cache entry, the log and the step.
	Name string
	// Module is the directory of go.mod, relative to the root of the repository.
	Module string
	// Packages are the commands to build, as for "go build", seen from Module.
	Packages []string
	// Sources are the files and folders below Module that the packages are made of. go.mod and go.sum always count.
	Sources []string
	// Tags are build tags.
	Tags []string
	// LinkerFlags are added to "-s -w". They do not affect compiled packages, only the link.
	LinkerFlags []string
	// Quick leaves out what makes third-party code fast and debuggable (inlining, DWARF) and so nearly halves the CPU time of a large
	// build: Kubernetes takes 9.5 instead of 19 CPU minutes.
	Quick bool
	// Environment is set for the compiler, after and over what every build sets. The path of the repository in it does not count as input.
	Environment []string
	// Cold is how long a first build takes on two idle cores, in words; empty if it is not worth a word.
	Cold string
}

// Builder builds programs of the repository into a cache and reports each as a step.
type Builder struct {
	cache    *Cache
	root     string
	progress *progress.Progress
}

// New returns a Builder for the repository at root (see Root).
func New(cache *Cache, root string, p *progress.Progress) *Builder {
	return &Builder{cache: cache, root: root, progress: p}
}

// Cache is where the builder keeps what it built.
func (b *Builder) Cache() *Cache { return b.cache }

// Root is the absolute path of the repository.
func (b *Builder) Root() string { return b.root }

// Progress is where the builder reports to, for callers that add steps of their own.
func (b *Builder) Progress() *progress.Progress { return b.progress }

// Root finds the repository that the working directory is in: the nearest parent with hack/go.mod.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the working directory: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "hack", "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("finding the repository: no parent of the working directory holds hack/go.mod")
		}
		dir = filepath.Dir(dir)
	}
}

// Build returns the directory that holds the program's binaries, building them first unless the cache has them. An error of the compiler
// carries the last lines of its output and the path of the whole log.
func (b *Builder) Build(ctx context.Context, program Program) (string, error) {
	var dir string
	err := b.progress.Step(program.title(), func(step *progress.Step) error {
		key, err := b.key(ctx, program)
		if err != nil {
			return err
		}
		var cached bool
		dir, cached, err = b.cache.Entry(ctx, program.Name, key, func(out string) error { return b.compile(ctx, program, step, out) })
		if cached {
			step.Note("cached")
		}
		return err
	})
	return dir, err
}

func (p Program) title() string {
	if p.Cold == "" {
		return "building " + p.Name
	}
	return fmt.Sprintf("building %s (%s the first time)", p.Name, p.Cold)
}

// key hashes all that decides the bytes of the binaries.
func (b *Builder) key(ctx context.Context, p Program) (*Key, error) {
	module := filepath.Join(b.root, p.Module)
	command := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOOS", "GOARCH", "GOAMD64", "GOARM64")
	command.Dir = module
	compiler, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("asking go for its version: %w", err)
	}
	key := NewKey(string(compiler)).Text(p.arguments("")...)
	for _, variable := range p.environment() {
		key.Text(strings.ReplaceAll(variable, b.root, ""))
	}
	return key.Tree(module, "go.mod", "go.sum").Tree(module, p.Sources...), nil
}

// arguments are those of "go build" with its output in the directory out.
func (p Program) arguments(out string) []string {
	arguments := []string{"build", "-v", "-trimpath", "-tags=" + strings.Join(p.Tags, ",")}
	if p.Quick {
		arguments = append(arguments, "-gcflags=all=-l -dwarf=false")
	}
	arguments = append(arguments, "-ldflags="+strings.Join(append([]string{"-s", "-w"}, p.LinkerFlags...), " "))
	return append(append(arguments, "-o", out+string(filepath.Separator)), p.Packages...)
}

// environment is what the build sets on top of the caller's. GOGC trades memory, of which a compiler needs little, for CPU time.
func (p Program) environment() []string {
	return append([]string{"CGO_ENABLED=0", "GOGC=400", "GOWORK=off", "GOFLAGS=-buildvcs=false"}, p.Environment...)
}

// compile runs "go build", whose -v names each package when it is done, and turns that into a live count.
func (b *Builder) compile(ctx context.Context, p Program, step *progress.Step, out string) error {
	path := filepath.Join(b.cache.dir, "log", p.Name+".log")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("making the folder of build logs: %w", err)
	}
	log, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("making the build log: %w", err)
	}
	defer log.Close()

	counting, stop := context.WithCancel(ctx)
	defer stop()
	var total atomic.Int64
	go func() { total.Store(b.countPackages(counting, p)) }()

	reader, writer := io.Pipe()
	command := b.command(ctx, p, p.arguments(out)...)
	command.Stdout, command.Stderr = writer, writer
	counted := make(chan int)
	go func() { counted <- count(io.TeeReader(reader, log), step, &total) }()
	err = command.Run()
	writer.Close()
	compiled := <-counted
	if err != nil {
		return fmt.Errorf("building %s: %w\n%s\nthe whole log: %s", p.Name, err, Tail(path, 15), path)
	}
	step.Note("%d packages compiled", compiled)
	return nil
}

func (b *Builder) command(ctx context.Context, p Program, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, "go", arguments...)
	command.Dir = filepath.Join(b.root, p.Module)
	command.Env = append(os.Environ(), p.environment()...)
	// A compiler that is told to stop removes its temporary files; one that is killed leaves them.
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 5 * time.Second
	return command
}

// countPackages returns how many packages the program consists of, and 0 if that cannot be told: it only serves the live count.
func (b *Builder) countPackages(ctx context.Context, p Program) int64 {
	arguments := append([]string{"list", "-deps", "-tags=" + strings.Join(p.Tags, ",")}, p.Packages...)
	out, err := b.command(ctx, p, arguments...).Output()
	if err != nil {
		return 0
	}
	return int64(strings.Count(string(out), "\n"))
}

// count reads the output of "go build -v" to its end and returns how many packages it compiled. Lines that are not a package path
// (downloads, errors) hold a space.
func count(output io.Reader, step *progress.Step, total *atomic.Int64) int {
	compiled := 0
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		switch line := lines.Text(); {
		case strings.HasPrefix(line, "go: downloading "):
			step.Status("downloading %s", strings.Fields(line)[2])
		case line != "" && !strings.Contains(line, " "):
			compiled++
			if all := total.Load(); all > 0 {
				step.Status("%d of at most %d packages compiled", compiled, all)
			} else {
				step.Status("%d packages compiled", compiled)
			}
		}
	}
	_, _ = io.Copy(io.Discard, output) // a line too long to scan must not block the compiler
	return compiled
}

// Tail returns the last lines of a text file, indented, for an error message. An unreadable file gives the reason instead.
func Tail(path string, lines int) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return "  (" + err.Error() + ")"
	}
	all := strings.Split(strings.TrimRight(string(content), "\n"), "\n")
	return "  " + strings.Join(all[max(0, len(all)-lines):], "\n  ")
}
