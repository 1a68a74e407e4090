package gatewaykey

import (
	"bytes"
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/secrets"
)

// peppers holds what the keys of each gateway are digested with. A gateway's Secret is read once for each of its versions, not
// once for each key. Of a gateway that is gone it keeps a few bytes: one of the same name has another version. It is safe for
// concurrent use.
type peppers struct {
	live client.Reader

	mu       sync.Mutex
	gateways map[types.NamespacedName]pepper
}

// pepper is that of one gateway.
type pepper struct {
	// version of the credentials Secret that value is from.
	version string
	value   []byte
	// told is the value that the gateway's keys were last woken for.
	told []byte
}

func newPeppers(live client.Reader) *peppers {
	return &peppers{live: live, gateways: map[types.NamespacedName]pepper{}}
}

// of returns the pepper of a gateway; empty where it has none yet.
func (p *peppers) of(ctx context.Context, g *v1alpha1.Gateway) ([]byte, error) {
	name, version := client.ObjectKeyFromObject(g), g.Status.CredentialsVersion
	p.mu.Lock()
	known, ok := p.gateways[name]
	p.mu.Unlock()
	if version == "" {
		return nil, nil
	}
	if ok && known.version == version {
		return known.value, nil
	}
	secret := v1alpha1.CredentialsSecretName(g.Name)
	found, err := secrets.Read(ctx, p.live, g.Namespace, []string{secret})
	if err != nil {
		return nil, err
	}
	value := found[secret][v1alpha1.CredentialPepper]
	p.mu.Lock()
	defer p.mu.Unlock()
	known = p.gateways[name]
	known.version, known.value = version, value
	p.gateways[name] = known
	return value, nil
}

// changed says whether a gateway has another pepper than when it was last called. Where that cannot be found out it has.
func (p *peppers) changed(ctx context.Context, g *v1alpha1.Gateway) bool {
	value, err := p.of(ctx, g)
	if err != nil {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.gateways[client.ObjectKeyFromObject(g)]
	if bytes.Equal(known.told, value) {
		return false
	}
	known.told = value
	p.gateways[client.ObjectKeyFromObject(g)] = known
	return true
}
