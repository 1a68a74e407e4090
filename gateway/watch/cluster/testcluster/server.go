// Package testcluster is a real API server for tests, somebody who writes what the operator would, and a way to the server that
// can be cut.
package testcluster

import (
	"io/fs"
	"os"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/config/crd"
)

// Start starts a real etcd and API server with the four kinds installed, until the test ends. Without KUBEBUILDER_ASSETS it
// skips the test.
func Start(t *testing.T) (*rest.Config, client.Client) {
	t.Helper()
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		t.Skip("SKIP: needs a real API server; set KUBEBUILDER_ASSETS to a directory with etcd and kube-apiserver (make test does)")
	}
	env := &envtest.Environment{CRDs: crds(t)}
	config, err := env.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Stop(); err != nil {
			t.Error(err)
		}
	})
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, apiextensionsv1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	return config, c
}

// crds decodes the CustomResourceDefinitions.
func crds(t *testing.T) []*apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	names, err := fs.Glob(crd.Files, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	list := make([]*apiextensionsv1.CustomResourceDefinition, len(names))
	for i, name := range names {
		content, err := crd.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		list[i] = &apiextensionsv1.CustomResourceDefinition{}
		if err := yaml.UnmarshalStrict(content, list[i]); err != nil {
			t.Fatal(err)
		}
	}
	return list
}
