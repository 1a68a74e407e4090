package conformance

import (
	"cmp"
	_ "embed" // for the scenario
	"encoding/json"
	"fmt"
	"slices"
)

//go:embed clients/scenario.json
var scenarioJSON []byte

// scenario is what the runner reads of clients/scenario.json. The rest of it is for the clients.
type scenario struct {
	// Key is what clients send to the gateway.
	Key string `json:"key"`
	// Providers in the order of the report.
	Providers []string `json:"providers"`
	// Features in the order of the columns.
	Features []feature `json:"features"`
}

// feature is a column of the table.
type feature struct {
	Name string `json:"name"`
	// Title heads the column.
	Title string `json:"title"`
	// What it means, for --list.
	What string `json:"what"`
	// Providers that it makes sense with; all when absent.
	Providers []string `json:"providers"`
	// Alias says for which of a provider's models it is: <provider>-<alias>. A plain model when empty.
	Alias string `json:"alias"`
}

// model is the alias that f is tried with.
func (f feature) model(provider string) string { return provider + "-" + cmp.Or(f.Alias, "model") }

func readScenario() (*scenario, error) {
	s := &scenario{}
	if err := json.Unmarshal(scenarioJSON, s); err != nil {
		return nil, fmt.Errorf("reading clients/scenario.json: %w", err)
	}
	return s, nil
}

// providers are those that f is tried with by a client which has it with own (nil: no limits of its own).
func (s *scenario) providers(f feature, own []string) []string {
	return slices.DeleteFunc(slices.Clone(s.Providers), func(p string) bool {
		return f.Providers != nil && !slices.Contains(f.Providers, p) || own != nil && !slices.Contains(own, p)
	})
}
