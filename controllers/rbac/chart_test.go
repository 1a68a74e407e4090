package rbac_test

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/fairlead-dev/fairlead/controllers/rbac"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// granted is everything that the chart grants, by the file that it is rendered from.
func granted() map[string][]rbacv1.PolicyRule {
	return map[string][]rbacv1.PolicyRule{
		"operator-rules.yaml":  rbac.Rules(),
		"namespace-rules.yaml": rbac.NamespaceRules(),
		"reader-rules.yaml":    rbac.ReaderRules(),
		"stack-rules.yaml":     rbac.StackRules(),
		"view-rules.yaml":      rbac.ViewRules(),
		"edit-rules.yaml":      rbac.EditRules(),
		"admin-rules.yaml":     rbac.AdminRules(),
	}
}

// TestChartGrantsExactlyTheRules keeps the chart's files equal to the rules: the chart renders them into its roles.
func TestChartGrantsExactlyTheRules(t *testing.T) {
	for name, rules := range granted() {
		t.Run(name, func(t *testing.T) {
			got, err := yaml.Marshal(rules)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("../../charts/fairlead/files", name)
			if *update {
				if err := os.WriteFile(path, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("the chart grants something else than the rules (run `make golden`):\n%s", diff)
			}
		})
	}
}

// TestRulesAreNarrow: no wildcard, and no way to find a Secret that nobody named.
func TestRulesAreNarrow(t *testing.T) {
	for _, rule := range slices.Concat(slices.Collect(maps.Values(granted()))...) {
		for _, list := range [][]string{rule.APIGroups, rule.Resources, rule.Verbs} {
			if slices.Contains(list, rbacv1.ResourceAll) {
				t.Errorf("expected no wildcard, found %v", rule)
			}
		}
		if slices.Contains(rule.Resources, "secrets") && (slices.Contains(rule.Verbs, "list") || slices.Contains(rule.Verbs, "watch")) {
			t.Errorf("expected Secrets not to be listed or watched, found %v", rule)
		}
		for _, verb := range []string{"bind", "escalate", "impersonate"} {
			if slices.Contains(rule.Verbs, verb) {
				t.Errorf("expected no %s, found %v", verb, rule)
			}
		}
	}
}
