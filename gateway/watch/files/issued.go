package files

import (
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// Issued are the keys that were made through the gateway itself.
type Issued interface {
	// Keys of a gateway, which is namespace/name.
	Keys(gateway string) []snapshot.GatewayKey
	// Changed receives after each change of Keys.
	Changed() <-chan struct{}
}

// issued receives after each change of the keys that were made through the gateway; never where there can be none.
func (c *compiler) issued() <-chan struct{} {
	if c.options.Issued == nil {
		return nil
	}
	return c.options.Issued.Changed()
}

// issuedKeys are the keys of a gateway that were made through it.
func (c *compiler) issuedKeys(gateway types.NamespacedName) []snapshot.GatewayKey {
	if c.options.Issued == nil {
		return nil
	}
	return c.options.Issued.Keys(gateway.String())
}

// keyed says whether there is a key for a gateway besides the master key, whether it works or not.
func (c *compiler) keyed(st *stack, gateway types.NamespacedName) bool {
	if len(c.issuedKeys(gateway)) > 0 {
		return true
	}
	for _, obj := range st.objects {
		if obj.gatewayKey != nil && compile.GatewayOfKey(obj.gatewayKey) == gateway {
			return true
		}
	}
	return false
}
