package compile

import (
	"errors"
	"net/netip"
	"net/url"

	"github.com/fairlead-dev/fairlead/api/egress"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// addressAllowed finds an address that gateways will not connect to, where that can be told before its name is resolved. What it
// cannot tell, they find out.
func addressAllowed(in ProviderInput) *Problem {
	if in.Provider.Spec.Endpoint == nil {
		return nil
	}
	return refusal(in, in.Provider.Spec.Endpoint.URL)
}

// refusal says why a URL must not be called; nil where it may be, as far as can be told.
func refusal(in ProviderInput, base string) *Problem {
	u, err := url.Parse(base)
	if err != nil {
		return invalid("spec.endpoint.url must be an absolute http or https URL.")
	}
	place, address := egress.PlaceOf(u.Hostname(), in.ClusterDomain)
	switch place {
	case egress.Malformed:
		return invalid("spec.endpoint.url: host %q looks like an IP address and is none.", u.Hostname())
	case egress.Cluster:
		if len(in.AllowedNetworks) > 0 {
			return nil
		}
		return notAllowed("spec.endpoint.url: %s is a name inside the cluster, and no private network is allowed. %s", u.Hostname(), egress.HowToAllow)
	case egress.Loopback:
		address = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	case egress.Anywhere:
		return nil
	}
	refused, ok := errors.AsType[*egress.RefusedError](egress.New(in.AllowedNetworks).Check(address))
	switch {
	case !ok:
		return nil
	case refused.Closed:
		return notAllowed("spec.endpoint.url leads to %s: no model is served there, but a machine's own credentials may be.", address)
	default:
		return notAllowed("spec.endpoint.url leads to %s, which is in a private network that is not allowed. %s", address, egress.HowToAllow)
	}
}

// notAllowed is a problem of where an upstream is.
func notAllowed(format string, args ...any) *Problem {
	problem := invalid(format, args...)
	problem.Reason = v1alpha1.ReasonEndpointNotAllowed
	return problem
}
