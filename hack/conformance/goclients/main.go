// Command goclients runs the official Go SDK that its argument names, openai, anthropic, genai or ollama, against a gateway. How it
// talks with the runner, and what the features mean, is the same as in ../clients; see ../doc.go.
package main

import (
	"context"
	"fmt"
	"os"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	s, err := readScenario(os.Getenv("SCENARIO"))
	if err != nil {
		return err
	}
	url := os.Getenv("GATEWAY_URL")
	sdks := map[string]func() (module string, features map[string]feature){
		"openai":    func() (string, map[string]feature) { return openAIFeatures(s, url) },
		"anthropic": func() (string, map[string]feature) { return anthropicFeatures(s, url) },
		"genai":     func() (string, map[string]feature) { return genaiFeatures(ctx, s, url) },
		"ollama":    func() (string, map[string]feature) { return ollamaFeatures(s, url) },
	}
	sdk, ok := sdks[os.Args[len(os.Args)-1]]
	if !ok {
		return fmt.Errorf("running %q: no such client", os.Args[1:])
	}
	module, features := sdk()
	return serve(ctx, os.Stdin, os.Stdout, module, features)
}
