package files

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/config/crd"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

const (
	// settle is how long a change is left alone, so that the several steps of an editor's or a volume's save count as one.
	settle = 50 * time.Millisecond
	// defaultAskEvery is how often an Ollama that did not answer, or did not have every model, is asked again, and a directory that
	// is gone is looked for.
	defaultAskEvery = 5 * time.Second
)

// Options of a Source.
type Options struct {
	// Paths of manifests, or of directories with manifests directly in them.
	Paths []string
	// Gateway to serve; needed only where the manifests speak of more than one.
	Gateway types.NamespacedName
	// Loopback is true where only this machine can call.
	Loopback bool
	// Pepper that keys are digested with, at least 32 bytes; where it is nil there is one for as long as the Source lives.
	Pepper []byte
	// Issued are keys of which no manifest tells; nil where there can be none.
	Issued Issued
	// Getenv looks environment variables up, as os.LookupEnv does.
	Getenv func(string) (string, bool)
	// Report is called after each change has been delivered, and at first.
	Report func(*Report)
}

// Source is manifests on disk. It is watched until its Run ends.
type Source struct {
	loader   loader
	compiler compiler
	report   func(*Report)

	askEvery time.Duration
	// watched is the number of directories that are watched while none is gone.
	watched int

	stack    *stack
	world    *world
	reported []Problem
}

// New returns a Source. It reads the schemas; the manifests are read by Run.
func New(options Options) (*Source, error) {
	if len(options.Paths) == 0 {
		return nil, errors.New("expected the path of manifests, found none")
	}
	schemas, err := readSchemas(crd.Files)
	if err != nil {
		return nil, err
	}
	pepper := options.Pepper
	if pepper == nil {
		pepper = make([]byte, 32)
		// rand.Read never fails: it ends the process instead.
		_, _ = rand.Read(pepper)
	}
	return &Source{
		loader:   loader{paths: options.Paths, schemas: schemas, getenv: options.Getenv},
		compiler: compiler{options: options, client: newClient(), pepper: pepper, started: time.Now()},
		report:   options.Report,
		askEvery: defaultAskEvery,
	}, nil
}

// Run delivers what the files say, at first and after each change, until ctx is done. The error is what keeps the first
// delivery from being made: a path that cannot be read, or a gateway that nobody could call. Later ones are reported, and what
// was served before goes on.
func (s *Source) Run(ctx context.Context, deliver func(snapshot.Input)) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watching files: %w", err)
	}
	defer func() { _ = watcher.Close() }()
	// Before the first reading, so that nothing is missed between the two.
	if err := s.watch(watcher); err != nil {
		return err
	}
	if err := s.reload(ctx, deliver); err != nil {
		return err
	}
	s.follow(ctx, watcher, deliver)
	return nil
}

// watch adds the directories that the paths are in. Directories are watched and not files, because a file that is replaced
// by renaming is another file.
func (s *Source) watch(watcher *fsnotify.Watcher) error {
	for _, path := range s.loader.paths {
		dir := path
		if info, err := os.Stat(path); err != nil {
			return fmt.Errorf("reading manifests: %w", err)
		} else if !info.IsDir() {
			dir = filepath.Dir(path)
		}
		if err := watcher.Add(dir); err != nil {
			return fmt.Errorf("watching %s: %w", dir, err)
		}
	}
	s.watched = len(watcher.WatchList())
	return nil
}

func (s *Source) follow(ctx context.Context, watcher *fsnotify.Watcher, deliver func(snapshot.Input)) {
	var settled <-chan time.Time
	issued := s.compiler.issued()
	ask := time.NewTicker(s.askEvery)
	defer ask.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-watcher.Events:
			if settled == nil {
				settled = time.After(settle)
			}
		case err := <-watcher.Errors:
			// Events may have been lost; reading again finds out.
			s.fail(fmt.Errorf("watching files: %w", err))
			settled = time.After(settle)
		case <-settled:
			settled = nil
			s.reloadOrReport(ctx, deliver)
		case <-issued:
			s.world.keyed = true
			deliver(s.compiler.input(s.world))
		case <-ask.C:
			if s.found(watcher) && settled == nil {
				settled = time.After(settle)
			}
			if s.incomplete() {
				s.recompile(ctx, s.stack, deliver)
			}
		}
	}
}

// found says whether a directory that was lost is there again. One that was replaced is another one, of which no event tells.
func (s *Source) found(watcher *fsnotify.Watcher) bool {
	return s.lost(watcher) && s.watch(watcher) == nil
}

// lost says whether a directory is not watched any more: the watch goes with the directory.
func (s *Source) lost(watcher *fsnotify.Watcher) bool {
	return len(watcher.WatchList()) < s.watched
}

// reloadOrReport keeps what is served where the files cannot be.
func (s *Source) reloadOrReport(ctx context.Context, deliver func(snapshot.Input)) {
	if err := s.reload(ctx, deliver); err != nil {
		s.fail(err)
	}
}

func (s *Source) recompile(ctx context.Context, st *stack, deliver func(snapshot.Input)) {
	if err := s.serve(ctx, st, time.Now(), deliver); err != nil {
		s.fail(err)
	}
}

// reload reads the files and takes them into service, unless they are what they were.
func (s *Source) reload(ctx context.Context, deliver func(snapshot.Input)) error {
	began := time.Now()
	sources, digest, err := s.loader.read()
	if err != nil {
		return err
	}
	if s.stack != nil && s.stack.digest == digest {
		return nil
	}
	st := s.loader.load(ctx, sources, s.stack)
	st.digest = digest
	return s.serve(ctx, st, began, deliver)
}

func (s *Source) serve(ctx context.Context, st *stack, began time.Time, deliver func(snapshot.Input)) error {
	w, err := s.compiler.compile(ctx, st, s.world)
	if err != nil {
		if s.world == nil {
			err = errors.Join(append(problemErrors(st.problems), err)...)
		}
		return err
	}
	report := &Report{First: s.world == nil, Open: w.open(), Notes: st.notes, Rows: w.rows(), Keys: w.keyRows(time.Now())}
	report.Issued = len(s.compiler.issuedKeys(w.gateway))
	unlisted := slices.Concat(st.problems, w.stores.located(st.objects[key{v1alpha1.KindGateway, w.gateway}]))
	problems := slices.Concat(unlisted, w.problems(st), w.keyProblems(st))
	report.Mended = len(s.reported) > 0 && len(problems) == 0
	report.Problems = s.unreported(problems)
	if s.world == nil {
		// The tables say what is wrong with an alias or a key.
		report.Problems = slices.SortedFunc(slices.Values(unlisted), Problem.compare)
	} else {
		report.Changes = changes(s.world, w)
	}
	s.stack, s.world = st, w
	deliver(s.compiler.input(w))
	report.At = time.Now()
	report.Took = report.At.Sub(began)
	s.report(report)
	return nil
}

// fail reports that what was served before goes on.
func (s *Source) fail(err error) {
	problem := Problem{File: s.loader.paths[0], Message: err.Error(), Kept: true}
	now := time.Now()
	s.report(&Report{
		At: now, Problems: s.unreported([]Problem{problem}), Open: s.world.open(), Rows: s.world.rows(), Keys: s.world.keyRows(now),
	})
}

// unreported returns those of problems that the last report did not have, and remembers them.
func (s *Source) unreported(problems []Problem) []Problem {
	slices.SortStableFunc(problems, Problem.compare)
	var fresh []Problem
	for _, p := range problems {
		if !slices.Contains(s.reported, p) {
			fresh = append(fresh, p)
		}
	}
	s.reported = problems
	return fresh
}

func (s *Source) incomplete() bool {
	for _, p := range s.world.providers {
		if p.incomplete() {
			return true
		}
	}
	return false
}

func problemErrors(problems []Problem) []error {
	errs := make([]error, 0, len(problems)+1)
	for _, p := range problems {
		errs = append(errs, errors.New(p.String()))
	}
	return errs
}
