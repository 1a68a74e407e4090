// Package corpus reads the committed corpus of request bodies that must be refused. Tests of the scanner and of the whole server
// replay the same bytes.
package corpus

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// Request is a body that must be refused, and how.
type Request struct {
	// Name is the class and the name of the case: `bad-utf8/InModelOverlong2`.
	Name string
	// Operation as jsonscan.Operation.String spells it.
	Operation string
	// Status, Code and Param that the error must have. Param is empty where no one field is at fault.
	Status      int
	Code, Param string
	// Body is sent as it is.
	Body []byte
}

// Read reads all classes in a folder, one file `<class>.tsv` each: lines of name, operation, status, code, param (`-` for none)
// and body, separated by tabs, the body quoted as in Go. Lines that begin with # are comments.
func Read(folder fs.FS) ([]Request, error) {
	files, err := fs.Glob(folder, "*.tsv")
	if err != nil {
		return nil, fmt.Errorf("listing the corpus: %w", err)
	}
	var all []Request
	for _, name := range files {
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, fmt.Errorf("reading the corpus: %w", err)
		}
		n := 0
		for line := range strings.Lines(string(text)) {
			n++
			if strings.HasPrefix(line, "#") {
				continue
			}
			r, err := parse(strings.TrimSuffix(line, "\n"))
			if err != nil {
				return nil, fmt.Errorf("reading %s, line %d: %w", name, n, err)
			}
			r.Name = strings.TrimSuffix(name, ".tsv") + "/" + r.Name
			all = append(all, r)
		}
	}
	return all, nil
}

func parse(line string) (Request, error) {
	const columns = 6
	f := strings.Split(line, "\t")
	if len(f) != columns {
		return Request{}, fmt.Errorf("%d columns instead of %d", len(f), columns)
	}
	status, err := strconv.Atoi(f[2])
	if err != nil {
		return Request{}, fmt.Errorf("reading the status: %w", err)
	}
	body, err := strconv.Unquote(f[5])
	if err != nil {
		return Request{}, fmt.Errorf("reading the body: %w", err)
	}
	r := Request{Name: f[0], Operation: f[1], Status: status, Code: f[3], Body: []byte(body)}
	if f[4] != "-" {
		r.Param = f[4]
	}
	return r, nil
}
