package files

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is one YAML document of a file.
type document struct {
	file string
	// root is the document's mapping. Its lines count from the start of the file.
	root *yaml.Node
}

// separator is a line that starts a new document.
var separator = regexp.MustCompile(`(?m)^---(?:[ \t].*)?\r?$`)

// split reads the documents of a file. They are cut apart before they are parsed, so that one with a syntax error does not
// take the others with it. JSON is YAML too.
func split(file string, content []byte) (docs []document, problems []Problem) {
	line, rest := 1, string(content)
	for {
		text := rest
		at := separator.FindStringIndex(rest)
		if at != nil {
			text = rest[:at[0]]
		}
		root, problem := parse(text, line)
		switch {
		case problem != nil:
			problem.File = file
			problems = append(problems, *problem)
		case root != nil:
			docs = append(docs, document{file: file, root: root})
		}
		if at == nil {
			return docs, problems
		}
		line += strings.Count(rest[:at[1]], "\n")
		rest = rest[at[1]:]
	}
}

// parse reads one document that starts at line. It returns nil for one without content.
func parse(text string, line int) (*yaml.Node, *Problem) {
	var top yaml.Node
	if err := yaml.Unmarshal([]byte(text), &top); err != nil {
		return nil, syntaxProblem(err, line)
	}
	if len(top.Content) == 0 || top.Content[0].ShortTag() == "!!null" {
		return nil, nil
	}
	root := top.Content[0]
	shift(root, line-1)
	if root.Kind != yaml.MappingNode {
		return nil, &Problem{Line: root.Line, Message: "expected a manifest with apiVersion and kind, found a " + strings.TrimPrefix(root.ShortTag(), "!!")}
	}
	return root, nil
}

// yamlLine is how the YAML library starts its messages.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func syntaxProblem(err error, line int) *Problem {
	text := err.Error()
	if m := yamlLine.FindStringSubmatch(text); m != nil && m[1] != "" {
		if n, convErr := strconv.Atoi(m[1]); convErr == nil {
			line += n - 1
		}
	}
	return &Problem{Line: line, Message: "expected YAML: " + yamlLine.ReplaceAllString(text, "")}
}

// shift moves the lines of a tree. It also makes strings of dates: that is what JSON has for them.
func shift(n *yaml.Node, by int) {
	n.Line += by
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!timestamp" {
		n.Tag = "!!str"
	}
	for _, child := range n.Content {
		shift(child, by)
	}
}

// errNotStrings is a key such as `1: x`, which no JSON object can have.
var errNotStrings = errors.New("expected field names in quotes or without special meaning, found a name that YAML reads as something else")

// object returns the document in the form that JSON would have.
func (d *document) object() (map[string]any, error) {
	var decoded map[string]any
	if err := d.root.Decode(&decoded); err != nil {
		return nil, fmt.Errorf("%s", yamlLine.ReplaceAllString(err.Error(), ""))
	}
	clean, err := jsonForm(decoded)
	if err != nil {
		return nil, err
	}
	object, _ := clean.(map[string]any)
	return object, nil
}

// jsonForm makes int64 of every integer, as the schema's checks expect it.
func jsonForm(v any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		for k, item := range v {
			clean, err := jsonForm(item)
			if err != nil {
				return nil, err
			}
			v[k] = clean
		}
		return v, nil
	case []any:
		for i, item := range v {
			clean, err := jsonForm(item)
			if err != nil {
				return nil, err
			}
			v[i] = clean
		}
		return v, nil
	case map[any]any:
		return nil, errNotStrings
	case int:
		return int64(v), nil
	case uint64:
		return float64(v), nil
	case nil, bool, string, int64, float64:
		return v, nil
	default:
		return nil, fmt.Errorf("expected a value that JSON has, found a %T", v)
	}
}
