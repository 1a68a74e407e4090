package testkit

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Gateway makes a Gateway of one replica.
func Gateway(namespace, name string, changes ...func(*v1alpha1.Gateway)) *v1alpha1.Gateway {
	g := &v1alpha1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	g.Spec.Replicas = new(int32(1))
	return change(g, changes)
}

// OpenAI makes a ModelProvider that needs the entry api-key of the Secret "openai".
func OpenAI(namespace, name string, changes ...func(*v1alpha1.ModelProvider)) *v1alpha1.ModelProvider {
	p := &v1alpha1.ModelProvider{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	p.Spec.Type = v1alpha1.ProviderOpenAI
	p.Spec.Auth = &v1alpha1.Auth{SecretRef: &v1alpha1.SecretKeyReference{Name: "openai"}}
	return change(p, changes)
}

// Compatible makes a ModelProvider that needs no Secret.
func Compatible(namespace, name string, changes ...func(*v1alpha1.ModelProvider)) *v1alpha1.ModelProvider {
	p := &v1alpha1.ModelProvider{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	p.Spec.Type = v1alpha1.ProviderOpenAICompatible
	p.Spec.Endpoint = &v1alpha1.Endpoint{URL: "http://llm." + namespace + ".svc/v1"}
	return change(p, changes)
}

// Ollama makes a ModelProvider of a managed Ollama that lists models.
func Ollama(namespace, name string, models []string, changes ...func(*v1alpha1.ModelProvider)) *v1alpha1.ModelProvider {
	p := &v1alpha1.ModelProvider{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	p.Spec.Type = v1alpha1.ProviderOllama
	p.Spec.Ollama = &v1alpha1.Ollama{Managed: &v1alpha1.ManagedOllama{}}
	for _, m := range models {
		p.Spec.Ollama.Models = append(p.Spec.Ollama.Models, v1alpha1.OllamaModel{Name: v1alpha1.ModelName(m)})
	}
	return change(p, changes)
}

// Alias makes a ModelAlias at the Gateway "main" with one target for each of the providers, all in its own namespace.
func Alias(namespace, name string, providers []string, changes ...func(*v1alpha1.ModelAlias)) *v1alpha1.ModelAlias {
	a := &v1alpha1.ModelAlias{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	a.Spec.GatewayRef.Name = "main"
	for _, p := range providers {
		a.Spec.Targets = append(a.Spec.Targets, v1alpha1.Target{
			Name: p, Model: "model", ProviderRef: v1alpha1.ProviderReference{Name: v1alpha1.ObjectName(p)},
		})
	}
	return change(a, changes)
}

// Key makes a GatewayKey at the Gateway "main" of its own namespace.
func Key(namespace, name string, changes ...func(*v1alpha1.GatewayKey)) *v1alpha1.GatewayKey {
	k := &v1alpha1.GatewayKey{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	k.Spec.GatewayRef.Name = "main"
	return change(k, changes)
}

// Secret makes a Secret.
func Secret(namespace, name string, entries map[string]string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, StringData: entries}
}

// Everyone admits every namespace.
func Everyone() *v1alpha1.NamespacePolicy {
	return &v1alpha1.NamespacePolicy{From: v1alpha1.NamespacesAll}
}

func change[T any](o T, changes []func(T)) T {
	for _, c := range changes {
		c(o)
	}
	return o
}
