package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"
)

// cell is one feature with one provider, whose model this is.
type cell struct {
	Feature  string `json:"feature"`
	Provider string `json:"provider"`
	Model    string `json:"model"`
}

// feature does what a feature means; its error says what was wrong.
type feature func(ctx context.Context, c cell) error

// serve answers the runner's questions until there are no more.
func serve(ctx context.Context, in io.Reader, out io.Writer, module string, features map[string]feature) error {
	has := map[string][]string{} // null: every provider
	for _, name := range slices.Collect(maps.Keys(features)) {
		has[name] = nil
	}
	say := json.NewEncoder(out)
	if err := say.Encode(map[string]any{"version": version(module), "features": has}); err != nil {
		return fmt.Errorf("writing the first line: %w", err)
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var c cell
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return fmt.Errorf("reading a question: %w", err)
		}
		detail := ""
		if err := features[c.Feature](ctx, c); err != nil {
			fmt.Fprintf(os.Stderr, "%s %s: %v\n", c.Feature, c.Provider, err)
			detail = fmt.Sprintf("%.600s", strings.Join(strings.Fields(err.Error()), " "))
		}
		answer := map[string]any{"feature": c.Feature, "provider": c.Provider, "ok": detail == "", "detail": detail}
		if err := say.Encode(answer); err != nil {
			return fmt.Errorf("writing an answer: %w", err)
		}
	}
	return lines.Err()
}

// version of a module that this program was built with.
func version(module string) string {
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			return strings.TrimPrefix(dependency.Version, "v")
		}
	}
	return ""
}
