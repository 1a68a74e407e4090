package conformance

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"
)

// kind is what a client needs in order to run.
type kind string

const (
	kindNode   kind = "Node"
	kindAgent  kind = "agent"
	kindPython kind = "Python"
	kindGo     kind = "Go"
)

// client is a row of the table.
type client struct {
	name string
	kind kind
	// program is the script in the folder of its kind and what follows it, or the argument of the Go program.
	program string
	// what it is, for --list.
	what string
}

// clients are all rows, in their order.
func clients() []client {
	return []client{
		{"openai-node", kindNode, "openai.mjs", "openai"},
		{"openai-python", kindPython, "openai_client.py", "openai"},
		{"openai-go", kindGo, "openai", "github.com/openai/openai-go/v3"},
		{"anthropic-node", kindNode, "anthropic.mjs", "@anthropic-ai/sdk"},
		{"anthropic-python", kindPython, "anthropic_client.py", "anthropic"},
		{"anthropic-go", kindGo, "anthropic", "github.com/anthropics/anthropic-sdk-go"},
		{"genai-node", kindNode, "genai.mjs", "@google/genai"},
		{"genai-python", kindPython, "genai_client.py", "google-genai"},
		{"genai-go", kindGo, "genai", "google.golang.org/genai"},
		{"ollama-node", kindNode, "ollama.mjs", "ollama"},
		{"ollama-python", kindPython, "ollama_client.py", "ollama"},
		{"ollama-go", kindGo, "ollama", "github.com/ollama/ollama/api"},
		{"ai-responses", kindNode, "ai.mjs responses", "Vercel AI SDK with @ai-sdk/openai"},
		{"ai-compatible", kindNode, "ai.mjs compatible", "Vercel AI SDK with @ai-sdk/openai-compatible"},
		{"ai-anthropic", kindNode, "ai.mjs anthropic", "Vercel AI SDK with @ai-sdk/anthropic"},
		{"ai-google", kindNode, "ai.mjs google", "Vercel AI SDK with @ai-sdk/google"},
		{"langchain-js-openai", kindNode, "langchain.mjs openai", "@langchain/openai"},
		{"langchain-js-anthropic", kindNode, "langchain.mjs anthropic", "@langchain/anthropic"},
		{"langchain-js-google", kindNode, "langchain.mjs google", "@langchain/google-genai"},
		{"langchain-py-openai", kindPython, "langchain_client.py openai", "langchain-openai"},
		{"langchain-py-anthropic", kindPython, "langchain_client.py anthropic", "langchain-anthropic"},
		{"langchain-py-ollama", kindPython, "langchain_client.py ollama", "langchain-ollama"},
		{"claude-code", kindAgent, "claude.mjs", "@anthropic-ai/claude-code"},
		{"codex", kindAgent, "codex.mjs", "@openai/codex"},
	}
}

// command is how the client is started, the folder of all scripts being dir.
func (c client) command(dir string, t *tools) []string {
	program := strings.Fields(c.program)
	switch c.kind {
	case kindNode:
		program[0] = filepath.Join(dir, "node", program[0])
		return append([]string{t.node}, program...)
	case kindAgent:
		program[0] = filepath.Join(dir, "agents", program[0])
		return append([]string{t.node}, program...)
	case kindPython:
		program[0] = filepath.Join(dir, "python", program[0])
		return append([]string{t.python}, program...)
	default:
		return append([]string{t.goClients}, program...)
	}
}

// List writes what there is to run: the clients, and what the features mean.
func List(out io.Writer) error {
	s, err := readScenario()
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "CLIENT\tRUNS ON\tWHAT IT IS")
	for _, c := range clients() {
		fmt.Fprintf(t, "%s\t%s\t%s\n", c.name, c.kind, c.what)
	}
	fmt.Fprintln(t, "\nFEATURE\tMEANS")
	for _, f := range s.Features {
		fmt.Fprintf(t, "%s\t%s\n", f.Name, f.What)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	return nil
}
