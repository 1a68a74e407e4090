package files

import (
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// step matches one step of a path such as `spec.targets[0].model` or `metadata.labels[app.kubernetes.io/name]`.
var step = regexp.MustCompile(`\[([^\]]*)\]|([^.\[\]]+)`)

// lineOf returns the line of the field that path names, or of the nearest field around it that is there.
func (d *document) lineOf(path string) int {
	n, line := d.root, d.root.Line
	for _, m := range step.FindAllStringSubmatch(path, -1) {
		name := m[1] + m[2]
		var next *yaml.Node
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		switch n.Kind {
		case yaml.SequenceNode:
			if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(n.Content) {
				next = n.Content[i]
				line = next.Line
			}
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == name {
					next = n.Content[i+1]
					line = n.Content[i].Line
				}
			}
		}
		if next == nil {
			return line
		}
		n = next
	}
	return line
}
