package files

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// loader reads manifests.
type loader struct {
	paths   []string
	schemas map[string]*schema
	getenv  func(string) (string, bool)
}

// stack is all that the files said at one time.
type stack struct {
	objects  map[key]*object
	problems []Problem
	notes    []string
	// digest of all contents.
	digest [sha256.Size]byte
}

// source is the content of one file, or why there is none.
type source struct {
	name    string
	content []byte
	err     error
}

// read returns the contents of all files, in the order of their names. A directory gives the manifests directly in it. The
// error means that one of the paths themselves cannot be read.
func (l *loader) read() ([]source, [sha256.Size]byte, error) {
	var sources []source
	digest := sha256.New()
	for _, path := range l.paths {
		names, err := manifests(path)
		if err != nil {
			return nil, [sha256.Size]byte{}, err
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			sources = append(sources, source{name, content, err})
			fmt.Fprintf(digest, "%q %d %v ", name, len(content), err)
			digest.Write(content)
		}
	}
	return sources, [sha256.Size]byte(digest.Sum(nil)), nil
}

// manifests lists the files that path stands for. Hidden files are passed over: editors and volumes keep theirs so.
func manifests(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading manifests: %w", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("reading manifests: %w", err)
	}
	var names []string
	for _, e := range entries {
		extension := filepath.Ext(e.Name())
		if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") && slices.Contains([]string{".yaml", ".yml", ".json"}, extension) {
			names = append(names, filepath.Join(path, e.Name()))
		}
	}
	return names, nil
}

// load judges sources. Where something is wrong, what prev (nil at first) had in its place is kept: the object itself where
// the document still says which it is, and everything of the file that is not there any more where it does not.
func (l *loader) load(ctx context.Context, sources []source, prev *stack) *stack {
	st := &stack{objects: map[key]*object{}}
	if prev == nil {
		prev = &stack{}
	}
	for _, src := range sources {
		l.loadFile(ctx, src, st, prev)
	}
	return st
}

func (l *loader) loadFile(ctx context.Context, src source, st, prev *stack) {
	if src.err != nil {
		st.fail(prev, src.name, Problem{File: src.name, Message: src.err.Error()})
		return
	}
	docs, unread := split(src.name, src.content)
	for i := range docs {
		a := l.admit(ctx, &docs[i])
		switch {
		case a.note != "":
			st.notes = append(st.notes, a.note)
		case a.object != nil:
			st.add(a.object)
		case a.key.kind == "":
			unread = append(unread, a.problems...)
		default:
			st.failObject(prev, a.key, a.problems)
		}
	}
	for _, problem := range unread {
		st.fail(prev, src.name, problem)
	}
}

// add takes an object in, unless another document has it already.
func (st *stack) add(o *object) {
	if first, taken := st.objects[o.key]; taken && first.line > 0 {
		st.problems = append(st.problems, Problem{
			File: o.file, Line: o.line, Object: o.String(),
			Message: fmt.Sprintf("expected one manifest of this object, found another at %s:%d, which is used", first.file, first.line),
		})
		return
	}
	st.objects[o.key] = o
}

// failObject reports what is wrong with an object and keeps its last good version.
func (st *stack) failObject(prev *stack, k key, problems []Problem) {
	last := prev.objects[k]
	if last != nil && st.objects[k] == nil {
		st.objects[k] = last
	}
	for _, p := range problems {
		p.Kept = last != nil
		st.problems = append(st.problems, p)
	}
}

// fail reports what is wrong with a part of a file that could have been any object of it.
func (st *stack) fail(prev *stack, file string, problem Problem) {
	for k, o := range prev.objects {
		if o.file == file && st.objects[k] == nil {
			st.objects[k] = o
			problem.Kept = true
		}
	}
	st.problems = append(st.problems, problem)
}
