// Package models makes tiny language models that a real Ollama pulls, loads and
// answers with, so that a cluster without internet serves the names that the
// samples use.
//
// A model here is a valid two-layer llama of a few hundred kilobytes whose
// weights are chosen so that it says one fixed text, whatever it is asked (see
// [weights.go] for how). The same program always makes the same bytes:
//
//	Model ──▶ gguf.File ──▶ blob ┐
//	template, parameters ─▶ blobs ┼─▶ manifest ──▶ Store, what a registry serves
package models

// Model describes one tiny model.
type Model struct {
	// Name is what it is pulled as: name:tag, below library/.
	Name string
	// Says is the text it answers every prompt with.
	Says string
	// Endless makes it start over with the text instead of ending, until the caller's limit.
	Endless bool
	// Embeds makes it an embedding model, which has no chat template.
	Embeds bool
	// FeedForward is the width of the feed-forward layers, which decides the
	// size of the file; 0 means 128. 40,000 give about 30 MB.
	FeedForward int
	// Template is the chat template, in the language of Ollama's Modelfile. What
	// it mentions decides the capabilities that Ollama reports.
	Template string
}

// Chat templates. Ollama takes a model for one with tools when its template
// mentions .Tools, and for one that thinks when it mentions .Thinking; the
// shape of a tool call in the answer is inferred from the template too.
const (
	templateChat  = `{{ range .Messages }}<|{{ .Role }}|>{{ .Content }}<|end|>{{ end }}<|assistant|>`
	templateTools = `{{ if .Tools }}<|system|>{{ .Tools }}<|end|>{{ end }}` +
		`{{ range .Messages }}<|{{ .Role }}|>{{ .Content }}` +
		`{{ range .ToolCalls }}{"name": "{{ .Function.Name }}", "parameters": {{ .Function.Arguments }}}{{ end }}` +
		`<|end|>{{ end }}<|assistant|>`
	templateThink = `{{ range .Messages }}<|{{ .Role }}|>` +
		`{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}{{ .Content }}<|end|>{{ end }}<|assistant|>`
)

// All lists the models that the demo and the tests pull: stand-ins under the
// names of two real models, and one for each behaviour worth testing.
func All() []Model {
	return []Model{
		{
			Name:     "llama3.2:3b",
			Says:     "Hello! I am the tiny stand-in for llama3.2:3b, running inside a real Ollama. I give this same answer to everything.",
			Template: templateTools,
		},
		{
			Name:     "qwen2.5-coder:1.5b",
			Says:     "// Written by the tiny stand-in for qwen2.5-coder:1.5b.\nfunc add(a, b int) int {\n\treturn a + b\n}",
			Template: templateTools,
		},
		{Name: "tiny-tools:latest", Says: `{"name": "get_weather", "parameters": {"city": "Paris"}}`, Template: templateTools},
		{Name: "tiny-think:latest", Says: "<think>Let me see what was asked.</think>The answer is 42.", Template: templateThink},
		{Name: "tiny-embed:latest", Says: "An embedding model does not talk.", Embeds: true},
		{Name: "tiny-endless:latest", Says: " one two three four five six seven eight nine ten", Endless: true, Template: templateChat},
		{Name: "tiny-big:latest", Says: "Hello from a model that takes a while to pull.", FeedForward: 40_000, Template: templateChat},
	}
}
