package modelprovider

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/egress"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/ollama"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// filled is what the Filler knows of a provider.
type filled struct {
	// states of the servers, by URL.
	states map[string]ollama.State
	// versions of the models in the registry, by the name in the spec.
	versions map[string]ollama.Version
	// names of the Pods of a managed Ollama that have a state, by URL.
	names map[string]string
}

// fill has the servers filled, unless they are about to stop, and the registry asked for other versions, whether they run or not.
func (r *Reconciler) fill(p *v1alpha1.ModelProvider, compiled compile.ProviderResult, s surroundings, n plan) {
	name := client.ObjectKeyFromObject(p)
	route := ollama.Route{}
	if o := p.Spec.Ollama; o != nil && compiled.Accepted == nil && o.Updates != v1alpha1.UpdatesIgnore {
		route = ollama.Route{
			Models: o.Models, Registry: o.Registry,
			HTTP: egress.New(r.Installation.AllowedNetworks).Client(transport(nil), connectWithin),
		}
	}
	r.Filler.Patrol(name, route)
	var servers []ollama.Server
	if !n.stopped() {
		servers = r.servers(p, compiled, s)
	}
	r.Filler.Fill(name, servers)
}

// filled returns what is known of a provider now.
func (r *Reconciler) filled(p *v1alpha1.ModelProvider, s surroundings) filled {
	name := client.ObjectKeyFromObject(p)
	f := filled{states: r.Filler.States(name), versions: r.Filler.Versions(name), names: map[string]string{}}
	if !managed(p) {
		return f
	}
	for _, pod := range reachable(s.pods) {
		if url := r.PodURL(pod); f.names[url] == "" {
			f.names[url] = pod.Name
		}
	}
	return f
}

// incomplete says whether one of the servers has a model to pull that may come without a person's help. One that does not answer has not said.
func incomplete(states map[string]ollama.State) bool {
	for _, s := range states {
		if !s.Asked || s.Unreachable != "" {
			continue
		}
		for _, m := range s.Models {
			if m.State != v1alpha1.ModelReady && (m.State != v1alpha1.ModelFailed || !needsPerson(m.Reason)) {
				return true
			}
		}
	}
	return false
}

// reachable lists the ready Pods that have an address, in the order of their names.
func reachable(pods []corev1.Pod) []*corev1.Pod {
	var list []*corev1.Pod
	for i := range pods {
		if status.PodReady(&pods[i]) && pods[i].Status.PodIP != "" {
			list = append(list, &pods[i])
		}
	}
	slices.SortFunc(list, func(a, b *corev1.Pod) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// describeServers lists the servers of a managed Ollama that are known to have models or not to have them. One that has not been
// asked yet is as it was known, if it was.
func describeServers(p *v1alpha1.ModelProvider, f filled) []v1alpha1.OllamaServer {
	last := map[string]v1alpha1.OllamaServer{}
	for _, s := range p.Status.Servers {
		last[s.URL] = s
	}
	var servers []v1alpha1.OllamaServer
	for url, name := range f.names {
		state, hired := f.states[url]
		known, before := last[url]
		switch {
		case hired && state.Asked:
			servers = append(servers, v1alpha1.OllamaServer{Name: name, URL: url, MissingModels: missing(p, state)})
		case hired && before && known.Name == name:
			servers = append(servers, known)
		}
	}
	slices.SortFunc(servers, func(a, b v1alpha1.OllamaServer) int { return cmp.Compare(a.Name, b.Name) })
	return servers
}

// missing lists the models of the spec that a server does not have.
func missing(p *v1alpha1.ModelProvider, state ollama.State) []v1alpha1.ModelName {
	var names []v1alpha1.ModelName
	for _, m := range p.Spec.Ollama.Models {
		if state.Models[string(m.Name)].State != v1alpha1.ModelReady {
			names = append(names, m.Name)
		}
	}
	return names
}
