package index

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

// Names of the indexes over GatewayKeys.
const (
	// KeyByGateway finds the keys that name a Gateway, as namespace/name.
	KeyByGateway = "gateway"
	// KeyByDigest finds the keys that have, or would have, a digest at a Gateway; the value is DigestClaim's.
	KeyByDigest = "digest"
)

// DigestClaim is the value of KeyByDigest for a digest at a gateway. Different digests may have the same: who asks compares them.
func DigestClaim(gateway types.NamespacedName, d v1alpha1.KeyDigest) string {
	return gateway.String() + " " + compile.KeyID(d)
}

// DigestClaims are the values of KeyByDigest for a key, each once: by its spec, by what it publishes, and by what it would publish
// if another had not the same.
func DigestClaims(k *v1alpha1.GatewayKey) []string {
	gateway := compile.GatewayOfKey(k)
	var claims []string
	if k.Spec.Digest != "" {
		claims = append(claims, DigestClaim(gateway, k.Spec.Digest))
	}
	if k.Status.KeyID != "" {
		claims = append(claims, gateway.String()+" "+k.Status.KeyID)
	}
	if p := k.Status.Policy; p != nil {
		claims = append(claims, p.Gateway+" "+compile.KeyID(p.Digest))
	}
	slices.Sort(claims)
	return slices.Compact(claims)
}

// Keys lists the keys that an index holds for a value. They share their contents with the cache and must not be changed.
func Keys(ctx context.Context, r client.Reader, name, value string) ([]v1alpha1.GatewayKey, error) {
	list := &v1alpha1.GatewayKeyList{}
	if err := r.List(ctx, list, client.MatchingFields{name: value}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing keys by %s: %w", name, err)
	}
	return list.Items, nil
}
