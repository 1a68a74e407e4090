package render

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

const (
	ollamaUser = 1000
	ollamaPort = 11434
)

// OllamaInput is everything that the objects of a managed Ollama are rendered from.
type OllamaInput struct {
	// Provider of type Ollama with spec.ollama.managed.
	Provider *v1alpha1.ModelProvider
	Installation
}

// Ollama renders everything that belongs to a managed Ollama, and nothing for any other provider.
func Ollama(in OllamaInput) []Object {
	if in.Provider.Spec.Ollama == nil || in.Provider.Spec.Ollama.Managed == nil {
		return nil
	}
	return all(in, []factory[OllamaInput]{ollamaServiceAccount, ollamaService, ollamaNetworkPolicy, ollamaStatefulSet})
}

func ollamaServiceAccount(in OllamaInput) Object {
	p := in.Provider
	return &corev1.ServiceAccount{
		ObjectMeta:                   meta(p.Namespace, OllamaName(p.Name), labelsOf(componentOllama, p.Name)),
		AutomountServiceAccountToken: new(false),
	}
}

func ollamaStatefulSet(in OllamaInput) Object {
	p, m := in.Provider, in.Provider.Spec.Ollama.Managed
	pod := serverPod(ollamaUser, ollamaContainer(in))
	pod.ServiceAccountName = OllamaName(p.Name)
	pod.TopologySpreadConstraints = spread(OllamaPods(p), corev1.LabelHostname)
	place(&pod, m.Placement, reserve("100m", "512Mi", ""))
	replicas := int32(1)
	if m.Replicas != nil {
		replicas = *m.Replicas
	}
	return statefulSet(server{
		namespace: p.Namespace, name: OllamaName(p.Name),
		labels: labelsOf(componentOllama, p.Name), selector: OllamaPods(p),
		replicas: replicas, pod: pod, storage: m.Storage, size: "50Gi",
	})
}

// ollamaContainer: the server writes its identity below HOME and models below OLLAMA_MODELS, both on its volume.
func ollamaContainer(in OllamaInput) corev1.Container {
	m := in.Provider.Spec.Ollama.Managed
	c := corev1.Container{
		Name:    "ollama",
		Image:   imageOr(m.Image, in.Images.Ollama),
		Command: []string{"ollama", "serve"},
		Env: []corev1.EnvVar{
			{Name: "HOME", Value: "/data"},
			{Name: "OLLAMA_MODELS", Value: "/data/models"},
			{Name: "OLLAMA_HOST", Value: "0.0.0.0:11434"},
		},
		Ports:          []corev1.ContainerPort{{Name: "http", ContainerPort: ollamaPort, Protocol: corev1.ProtocolTCP}},
		StartupProbe:   httpProbe("/api/version", "http", 1, 120),
		ReadinessProbe: httpProbe("/api/version", "http", 5, 2),
		LivenessProbe:  httpProbe("/api/version", "http", 10, 6),
	}
	if m.KeepAlive != "" {
		c.Env = append(c.Env, corev1.EnvVar{Name: "OLLAMA_KEEP_ALIVE", Value: string(m.KeepAlive)})
	}
	return c
}
