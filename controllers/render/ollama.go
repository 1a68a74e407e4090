package render

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

const (
	ollamaUser = 1000
	ollamaPort = 11434
	// ollamaFarewell is how many seconds a server goes on serving when its Pod is deleted. A server that is told to end does so at once:
	// it cuts answers, and forgets how far the parts of a pull are that are on their way. Meanwhile gateways choose other servers, and
	// the operator ends the pull, whereupon the server writes down how far it is.
	ollamaFarewell = 5
)

// OllamaInput is everything that the objects of a managed Ollama are rendered from.
type OllamaInput struct {
	// Provider of type Ollama with spec.ollama.managed.
	Provider *v1alpha1.ModelProvider
	// Stopped says that no server shall run now, however many the spec asks for.
	Stopped bool
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
	pod.RuntimeClassName = nonEmpty(m.RuntimeClassName)
	return statefulSet(server{
		namespace: p.Namespace, name: OllamaName(p.Name),
		labels: labelsOf(componentOllama, p.Name), selector: OllamaPods(p),
		replicas: ollamaReplicas(in), pod: pod, storage: m.Storage, size: "50Gi",
	})
}

// ollamaReplicas is how many servers run.
func ollamaReplicas(in OllamaInput) int32 {
	replicas := in.Provider.Spec.Ollama.Managed.Replicas
	switch {
	case in.Stopped:
		return 0
	case replicas == nil:
		return 1
	}
	return *replicas
}

// ollamaContainer: the server writes its identity below HOME and models below OLLAMA_MODELS, both on its volume. It keeps what it has
// downloaded in part when it starts, which it would delete otherwise: a pull goes on where it was. Readiness is asked for every second,
// because requests may wait for it.
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
			{Name: "OLLAMA_NOPRUNE", Value: "true"},
		},
		Ports:          []corev1.ContainerPort{{Name: "http", ContainerPort: ollamaPort, Protocol: corev1.ProtocolTCP}},
		StartupProbe:   httpProbe("/api/version", "http", 1, 120),
		ReadinessProbe: httpProbe("/api/version", "http", 1, 5),
		LivenessProbe:  httpProbe("/api/version", "http", 10, 6),
		Lifecycle:      &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: ollamaFarewell}}},
	}
	if m.KeepAlive != "" {
		c.Env = append(c.Env, corev1.EnvVar{Name: "OLLAMA_KEEP_ALIVE", Value: string(m.KeepAlive)})
	}
	c.Env = append(c.Env, numbers(m)...)
	return c
}

// numbers are the settings of the server that are numbers. What the spec leaves out the server chooses.
// Source: https://github.com/ollama/ollama/blob/v0.17.4/envconfig/config.go
func numbers(m *v1alpha1.ManagedOllama) []corev1.EnvVar {
	var env []corev1.EnvVar
	for _, n := range []struct {
		name  string
		value *int32
	}{
		{"OLLAMA_NUM_PARALLEL", m.NumParallel}, {"OLLAMA_MAX_LOADED_MODELS", m.MaxLoadedModels}, {"OLLAMA_CONTEXT_LENGTH", m.ContextLength},
	} {
		if n.value != nil {
			env = append(env, corev1.EnvVar{Name: n.name, Value: strconv.Itoa(int(*n.value))})
		}
	}
	return env
}

// nonEmpty is nil where no name is given.
func nonEmpty(name string) *string {
	if name == "" {
		return nil
	}
	return &name
}
