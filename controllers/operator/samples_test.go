package operator_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// TestSamples: the API server takes every sample, strictly, all of them in one namespace; the operator finds nothing wrong in a
// provider but that its Secret is not there; and no two aliases serve one model.
func TestSamples(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	for _, o := range samples(t) {
		o.SetNamespace(ns)
		if err := c.Client.Create(t.Context(), o, client.FieldValidation("Strict")); err != nil {
			t.Errorf("creating %s %s: %v", o.GetKind(), o.GetName(), err)
			continue
		}
		name := metav1.ObjectMeta{Namespace: ns, Name: o.GetName()}
		switch o.GetKind() {
		case v1alpha1.KindModelProvider:
			testkit.ExpectCondition(t, c.Client, &v1alpha1.ModelProvider{ObjectMeta: name}, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
		case v1alpha1.KindGatewayKey:
			testkit.ExpectCondition(t, c.Client, &v1alpha1.GatewayKey{ObjectMeta: name}, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
		case v1alpha1.KindModelAlias:
			testkit.ExpectCondition(t, c.Client, &v1alpha1.ModelAlias{ObjectMeta: name}, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
		}
	}
}

// samples reads every manifest under config/samples that is for the cluster; each Gateway comes before what names it.
func samples(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	root := "../../config/samples/"
	files, err := filepath.Glob(root + "hosted/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("found %d hosted samples, want 10 or more: %v", len(files), err)
	}
	var all []*unstructured.Unstructured
	for _, f := range append([]string{
		root + "gateway.yaml", root + "modelprovider-ollama.yaml", root + "modelaliases.yaml",
		root + "policy/gateway.yaml", root + "policy/gatewaykeys.yaml", root + "policy/modelaliases.yaml",
	}, files...) {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for doc := range bytes.SplitSeq(content, []byte("\n---\n")) {
			o := &unstructured.Unstructured{}
			if err := yaml.Unmarshal(doc, &o.Object); err != nil {
				t.Fatalf("reading %s: %v", f, err)
			}
			all = append(all, o)
		}
	}
	return all
}
