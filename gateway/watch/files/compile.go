package files

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/egress"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// world is a stack compiled: the objects as a cluster would show them, with their status.
type world struct {
	gateway   types.NamespacedName
	config    *v1alpha1.GatewayConfig
	admission admission
	stores    stores
	providers map[types.NamespacedName]*providerState
	aliases   map[types.NamespacedName]*aliasState
	keys      map[types.NamespacedName]*keyState
	// keyed is true once there was a key of some kind: to take the last one away opens no door.
	keyed bool
}

// providerState is a provider with its compiled status.
type providerState struct {
	object *v1alpha1.ModelProvider
	// note says what stands against the whole of it, for the table; empty where nothing does.
	note string
	// unasked is true where the server did not say which models it has.
	unasked bool
	// apiKey and caBundle are the secret values that go with the endpoint.
	apiKey, caBundle []byte
}

// aliasState is an alias with its compiled status.
type aliasState struct {
	object *v1alpha1.ModelAlias
	result compile.AliasResult
}

// compiler compiles stacks. It keeps what has to outlive one: the pepper and the time that counts as every object's creation.
type compiler struct {
	options Options
	client  *http.Client
	pepper  []byte
	started time.Time
}

// compile makes the world of a stack, with prev (nil at first) as the status that the objects had.
func (c *compiler) compile(ctx context.Context, st *stack, prev *world) (*world, error) {
	if prev == nil {
		prev = &world{}
	}
	secrets := secretsOf(st)
	name, manifest, err := c.options.chooseGateway(st)
	if err != nil {
		return nil, err
	}
	keyed := prev.keyed || c.keyed(st, name)
	who, err := c.options.admission(name, manifest, secrets, keyed)
	if err != nil {
		return nil, err
	}
	gateway := localGateway(name, manifest, who.mode)
	stores := c.options.stores(gateway, secrets)
	compiled := compile.Gateway(compile.GatewayInput{Gateway: gateway, OwnLedger: true, AllowedNetworks: egress.Private()})
	if compiled.Accepted != nil {
		return nil, fmt.Errorf("compiling Gateway %s: %s", name, compiled.Accepted.Message)
	}
	w := &world{gateway: name, config: compiled.Config, admission: who, stores: stores, keyed: keyed}
	w.providers = c.providers(ctx, st, secrets, prev)
	w.aliases = aliases(st, gateway, w.providers, prev)
	w.keys = c.keys(st, gateway, secrets, prev)
	return w, nil
}

// input is what the snapshot is built from.
func (c *compiler) input(w *world) snapshot.Input {
	in := snapshot.Input{
		Gateway:     w.gateway.String(),
		Config:      w.config,
		Credentials: map[string][]byte{v1alpha1.CredentialPepper: c.pepper},
	}
	maps.Copy(in.Credentials, w.stores.credentials)
	if len(w.admission.key) > 0 {
		in.Credentials[v1alpha1.CredentialMasterKey] = []byte(compile.KeyDigest(c.pepper, w.admission.key))
	}
	in.Keys = c.issuedKeys(w.gateway)
	for name, k := range w.keys {
		in.Keys = append(in.Keys, snapshot.GatewayKey{
			Namespace: name.Namespace, Name: name.Name, Created: c.started, Policy: k.object.Status.Policy,
		})
	}
	for name, p := range w.providers {
		in.Providers = append(in.Providers, snapshot.Provider{
			Namespace: name.Namespace, Name: name.Name, Endpoint: p.object.Status.Endpoint, Models: p.object.Status.Models,
		})
		if len(p.apiKey) > 0 {
			in.Credentials[v1alpha1.ProviderCredentialKey(name.Namespace, name.Name)] = p.apiKey
		}
		if len(p.caBundle) > 0 {
			in.Credentials[v1alpha1.ProviderCABundleKey(name.Namespace, name.Name)] = p.caBundle
		}
	}
	for name, a := range w.aliases {
		in.Aliases = append(in.Aliases, snapshot.Alias{
			Namespace: name.Namespace, Name: name.Name, Created: c.started, Route: a.object.Status.Route,
		})
	}
	return in
}

// aliases compiles every alias of a stack. The route of one that did not change stays the same pointer.
func aliases(st *stack, gateway *v1alpha1.Gateway, providers map[types.NamespacedName]*providerState, prev *world) map[types.NamespacedName]*aliasState {
	byModel := map[string][]*v1alpha1.ModelAlias{}
	all := map[types.NamespacedName]*aliasState{}
	for k, obj := range st.objects {
		if obj.alias == nil {
			continue
		}
		a := obj.alias.DeepCopy()
		a.Generation = 1
		if last := prev.aliases[k.NamespacedName]; last != nil {
			a.Generation, a.Status.Route = last.object.Generation, last.object.Status.Route
			if !equality.Semantic.DeepEqual(last.object.Spec, a.Spec) {
				a.Generation++
			}
		}
		all[k.NamespacedName] = &aliasState{object: a}
		byModel[compile.ModelOf(a)] = append(byModel[compile.ModelOf(a)], a)
	}
	objects := make(map[types.NamespacedName]*v1alpha1.ModelProvider, len(providers))
	for name, p := range providers {
		objects[name] = p.object
	}
	for _, a := range all {
		in := compile.AliasInput{Alias: a.object, Providers: objects, Rivals: byModel[compile.ModelOf(a.object)]}
		if compile.GatewayOf(a.object) == (types.NamespacedName{Namespace: gateway.Namespace, Name: gateway.Name}) {
			in.Gateway = gateway
		}
		a.result = compile.Alias(in)
	}
	// Only now: an alias is compiled with the routes that were published before.
	for _, a := range all {
		if last := a.object.Status.Route; last == nil || a.result.Route == nil || last.Revision != a.result.Route.Revision {
			a.object.Status.Route = a.result.Route
		}
	}
	return all
}

// names returns the sorted names of m.
func names[V any](m map[types.NamespacedName]V) []types.NamespacedName {
	list := make([]types.NamespacedName, 0, len(m))
	for name := range m {
		list = append(list, name)
	}
	slices.SortFunc(list, func(a, b types.NamespacedName) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return list
}
