package responses

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// tool is a tool as the client knows it.
type tool struct {
	namespace, name string
	kind            toolKind
}

// toolKind is what a client declared a tool as. For a model all are functions.
type toolKind uint8

const (
	// toolFunction takes JSON, toolCustom free text.
	toolFunction toolKind = iota
	toolCustom
	// toolSearch is the client's own search for further tools.
	toolSearch
)

// names connects the names by which a client knows its tools with those by which a model knows them: no other protocol has
// namespaces.
type names struct {
	tools map[string]tool
	flats map[tool]string
}

// maxName is the longest name of a function that all providers take.
// Source: https://platform.openai.com/docs/api-reference/chat/create#chat-create-tools
const maxName = 64

// add returns the name by which a model knows the tool: its own, after that of its namespace if there is one. Where another tool
// has that name already, or where it is too long, its end is a hash: the same in every turn, because models see their earlier
// calls.
func (n *names) add(t tool) string {
	if n.tools == nil {
		n.tools, n.flats = map[string]tool{}, map[tool]string{}
	}
	flat := joined(t.namespace, t.name)
	if known, taken := n.tools[flat]; taken && known != t {
		flat = shortened(flat, t.namespace+"\x00"+t.name)
	}
	n.tools[flat] = t
	n.flats[tool{namespace: t.namespace, name: t.name}] = flat
	return flat
}

// has says whether a tool was declared before.
func (n *names) has(t tool) bool {
	return n.tools[n.flats[tool{namespace: t.namespace, name: t.name}]] == t
}

// flat is the name by which a model knows a tool, which may have been declared in an earlier turn only.
func (n *names) flat(namespace, name string) string {
	if flat, ok := n.flats[tool{namespace: namespace, name: name}]; ok {
		return flat
	}
	return joined(namespace, name)
}

// tool is the one that a model knows by the name flat.
func (n *names) tool(flat string) tool {
	if t, ok := n.tools[flat]; ok {
		return t
	}
	return tool{name: flat}
}

func joined(namespace, name string) string {
	if namespace == "" {
		return name
	}
	flat := strings.TrimRight(namespace, "_") + "__" + name
	if len(flat) > maxName {
		return shortened(flat, namespace+"\x00"+name)
	}
	return flat
}

func shortened(flat, of string) string {
	sum := sha256.Sum256([]byte(of))
	end := "_" + hex.EncodeToString(sum[:4])
	return flat[:min(len(flat), maxName-len(end))] + end
}
